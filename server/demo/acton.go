package demo

import (
	_ "embed"
	"math/rand/v2"
	"time"

	"github.com/pollwright/pollwright/plugins/acton/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// actonBody is the body that the platform's page on Act-On prints, with its placeholders. The page's own text is not JSON: a quote and a
// comma are missing behind the callback URL, and the name is without its opening quote. Only that is repaired here.
//
//go:embed body/acton.json
var actonBody string

// Act-On's application and list, made up.
const (
	clientID     = "demo-client"
	clientSecret = "demo-secret"
	redirectURL  = "https://app.example.com/oauth/callback"
	listID       = "l-0001"
)

// newActOn simulates Act-On. The rows of one list are created and updated.
func newActOn(seed uint64) (*provider, error) {
	s := sim.New(sim.Config{
		ClientID: clientID, ClientSecret: clientSecret, Seed: seed, LogSize: logged, Lists: []sim.List{{ID: listID, Name: "Newsletter"}},
		Options: sim.Options{Mix: sim.Mix{Create: 5, Update: 4}, Settle: simkit.Duration(settle), ConsentPage: true},
	})
	p := &provider{
		key: "acton", name: "Act-On", handler: s, kit: s.Kit, every: 250 * time.Millisecond,
		step:     func(rng *rand.Rand) error { _, err := s.Step(rng); return err },
		body:     func(at place) (string, error) { return fillActOn(s, at) },
		settings: []setting{{"oauth.api.key", clientID}, {"oauth.api.secret", clientSecret}, {"listId", listID}},
		try:      `{"fields":{"E-mail Address":"you@example.com","First Name":"You"}}`,
		collections: map[string]collection{
			"contacts": {resource: sim.Contacts, idField: "_contact_id_", requests: "/api/1/list/" + listID, show: func(f map[string]any) []string {
				return []string{text(f, "First Name") + " " + text(f, "Last Name"), text(f, "E-mail Address"), text(f, "Lead Source")}
			}},
		},
	}
	return p, p.populate(seed)
}

// fillActOn takes an authorization code from the simulator, where a user would be sent to the provider's page and back.
func fillActOn(s *sim.Sim, at place) (string, error) {
	code, err := s.IssueCode("", redirectURL)
	if err != nil {
		return "", err
	}
	return fill(actonBody, at, "https://api.cloud-elements.io/elements/api-v2/events/acton", map[string]string{
		"xxxxxxxxxxxxxxxxxxxxxx":    code,
		"<Act-On app apiKey>":       clientID,
		"<Act-On app apiSecret>":    clientSecret,
		"<Act-On app callbackURL >": redirectURL,
		`"15"`:                      `"` + minutes + `"`,
		"{listId}":                  listID,
		"TagName":                   "demo",
		"Instance Name":             "Act-On (demo)",
	})
}
