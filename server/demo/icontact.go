package demo

import (
	_ "embed"
	"math/rand/v2"
	"time"

	"github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// icontactBody is the body that the platform's page on iContact prints, with its placeholders and its quirks (the stray }' in the URLs,
// the resource key `message`, a code that iContact has no use for).
//
//go:embed body/icontact.json
var icontactBody string

// iContact's application, made up.
const (
	appID    = "demo-app"
	username = "demo-user"
	password = "demo-password"
)

// newIContact simulates iContact. Contacts and messages are only created: its dates do not show an update.
func newIContact(seed uint64) (*provider, error) {
	s := sim.New(sim.Config{
		AppID: appID, Username: username, Password: password, Seed: seed, LogSize: logged,
		Options: sim.Options{Mix: sim.Mix{CreateContact: 7, CreateMessage: 1}, Settle: simkit.Duration(settle)},
	})
	p := &provider{
		key: "icontact", name: "iContact", handler: s, kit: s.Kit, path: "/icp", every: 400 * time.Millisecond,
		step:     func(rng *rand.Rand) error { s.Step(rng); return nil },
		body:     fillIContact,
		settings: []setting{{"AppID", appID}, {"api.username", username}, {"api.password", password}},
		try:      `{"email":"you@example.com","firstName":"You"}`,
		collections: map[string]collection{
			"contacts": {resource: sim.Contacts, idField: "contactId", requests: "/contacts", show: func(f map[string]any) []string {
				return []string{text(f, "firstName") + " " + text(f, "lastName"), text(f, "email"), text(f, "city")}
			}},
			"message": {resource: sim.Messages, idField: "messageId", requests: "/messages", show: func(f map[string]any) []string {
				return []string{text(f, "messageName")}
			}},
		},
	}
	return p, p.populate(seed)
}

func fillIContact(at place) (string, error) {
	return fill(icontactBody, at, "http://mycoolapp.com", map[string]string{
		"<AUTHORIZATION_GRANT_CODE>":   "not-used",
		"<iContact Api version>":       "2.2",
		"<iContact Api-AppId>":         appID,
		"<iContact iContact username>": username,
		"<iContact API password>":      password,
		"<minutes>":                    minutes,
		"<Add_Your_Tag>":               "demo",
		"<INSTANCE_NAME>":              "iContact (demo)",
	})
}
