package api

import (
	"net/url"
	"slices"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

// elementBody is an element as the platform shows it inside an instance, where the two lists are empty. What the platform could do with
// an element and this service cannot is false.
type elementBody struct {
	ID                     int64              `json:"id"` // the platform's, or one that is made of the key
	Name                   string             `json:"name"`
	Key                    string             `json:"key"`
	Description            string             `json:"description"`
	Image                  string             `json:"image"`
	Active                 bool               `json:"active"`
	Deleted                bool               `json:"deleted"`
	TypeOauth              bool               `json:"typeOauth"`
	TrialAccount           bool               `json:"trialAccount"`
	Resources              []resourceBody     `json:"resources"`
	TransformationsEnabled bool               `json:"transformationsEnabled"`
	BulkDownloadEnabled    bool               `json:"bulkDownloadEnabled"`
	BulkUploadEnabled      bool               `json:"bulkUploadEnabled"`
	Cloneable              bool               `json:"cloneable"`
	Extendable             bool               `json:"extendable"`
	Beta                   bool               `json:"beta"`
	Authentication         authenticationBody `json:"authentication"`
	Extended               bool               `json:"extended"`
	Hub                    string             `json:"hub"`
	ProtocolType           string             `json:"protocolType"`
	Parameters             []struct{}         `json:"parameters"` // always empty; see elementDetail.Configuration
	Private                bool               `json:"private"`
}

type authenticationBody struct {
	Type string `json:"type"` // "custom", "basic", "oauth2" or "none"
}

// elementDetail is an element with all that its adapter says of itself.
type elementDetail struct {
	elementBody
	Version       string               `json:"version"`
	Digest        string               `json:"digest"` // SHA-256 of the adapter, hexadecimal
	Builtin       bool                 `json:"builtin"`
	Configuration []configurationEntry `json:"configuration"`
	Events        eventsBody           `json:"events"`
	AllowedHosts  []string             `json:"allowedHosts"` // the only ones that the adapter's requests are sent to
	RateLimit     []sdk.Rate           `json:"rateLimit"`
}

// eventsBody says what can be polled: the usual entry of event.poller.configuration for each resource.
type eventsBody struct {
	Supported bool                 `json:"supported"`
	Methods   []string             `json:"methods"`
	Polling   map[string]*pollBody `json:"polling"`
}

func viewElement(el engine.Element) elementBody {
	return elementBody{
		ID: el.ID, Name: el.Name, Key: el.Key, Description: el.Description, Hub: el.Hub,
		Active:         true,
		TypeOauth:      el.Auth.Type == sdk.AuthOAuth2,
		Resources:      []resourceBody{},
		Authentication: authenticationBody{authenticationType(el.Auth)},
		ProtocolType:   "http",
		Parameters:     []struct{}{},
	}
}

// authenticationType is the platform's word: headers of an element's own are "custom" there.
func authenticationType(a sdk.Auth) string {
	switch a.Type {
	case sdk.AuthHeaders:
		return "custom"
	case "":
		return sdk.AuthNone
	}
	return a.Type
}

func viewElementDetail(el engine.Element) elementDetail {
	d := elementDetail{
		elementBody:   viewElement(el),
		Version:       el.Version,
		Digest:        el.Digest,
		Builtin:       el.Builtin,
		Configuration: configurationEntries(el.Manifest),
		Events:        viewEvents(el.Manifest),
		AllowedHosts:  hosts(el.Manifest),
		RateLimit:     append([]sdk.Rate{}, el.RateLimit...),
	}
	for _, r := range el.Resources {
		d.Resources = append(d.Resources, viewResource(r))
	}
	return d
}

func viewEvents(m sdk.Manifest) eventsBody {
	events := eventsBody{Methods: []string{}, Polling: map[string]*pollBody{}}
	for _, r := range m.Resources {
		if r.Poll != nil {
			events.Supported, events.Methods = true, []string{"polling"}
			events.Polling[r.Name] = viewPoll(*r.Poll)
		}
	}
	return events
}

// hosts lists where an element's requests go, its token endpoint included.
func hosts(m sdk.Manifest) []string {
	places := slices.Clone(m.BaseURLs)
	if m.Auth.OAuth2 != nil {
		places = append(places, m.Auth.OAuth2.TokenURL)
	}
	found := []string{}
	for _, place := range places {
		if u, err := url.Parse(place); err == nil && u.Host != "" && !slices.Contains(found, u.Host) {
			found = append(found, u.Host)
		}
	}
	return found
}
