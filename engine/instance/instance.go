package instance

import (
	"slices"
	"time"
)

// Format is the version of the stored form of an Instance.
const Format = 1

// Instance is an authenticated connection to a provider, as it is stored (JSON). Secrets are not in it: Masked names the configuration
// keys that have one.
type Instance struct {
	Format        int               `json:"format"`
	ID            int64             `json:"id"`
	Name          string            `json:"name"`
	Tags          []string          `json:"tags"`
	Element       string            `json:"element"` // key
	Organization  int64             `json:"organization"`
	User          int64             `json:"user"`
	Created       time.Time         `json:"created"`
	Disabled      bool              `json:"disabled,omitempty"`
	SealedToken   []byte            `json:"sealedToken,omitempty"`
	Configuration map[string]string `json:"configuration"` // texts as given, defaults filled in
	Masked        []string          `json:"masked,omitempty"`
	BaseURL       string            `json:"baseUrl"`
	Client        string            `json:"client,omitempty"` // hash of element and OAuth2 client id: who else uses that client
	Events        Events            `json:"events"`
	Resources     []Resource        `json:"resources,omitempty"`
	// Watches counts how often a change has begun resources anew.
	Watches int `json:"watches,omitempty"`
	// Dropped are the checkpoints of former resources that are still to be deleted.
	Dropped []string `json:"dropped,omitempty"`
}

// Events is what an instance wants to be told, and where.
type Events struct {
	Enabled     bool          `json:"enabled"`
	CallbackURL string        `json:"callbackUrl,omitempty"`
	Interval    time.Duration `json:"interval"` // nanoseconds
	Delivery
}

// Polled reports whether the instance's resources are to be polled: events without a place to send them to are not looked for.
func (i *Instance) Polled() bool {
	return i.Delivers() && !i.Disabled
}

// Delivers reports whether what was found is sent: also while the instance is disabled, which ends its polling.
func (i *Instance) Delivers() bool { return i.Events.Enabled && i.Events.CallbackURL != "" }

// Resource finds a polled resource by its name.
func (i *Instance) Resource(name string) (*Resource, bool) {
	for n := range i.Resources {
		if i.Resources[n].Name == name {
			return &i.Resources[n], true
		}
	}
	return nil, false
}

// View is the configuration as an answer shows it: every value a text, defaults of the delivery filled in, secrets masked.
func (i *Instance) View() map[string]string {
	view := i.Events.shown()
	for key, value := range i.Configuration {
		view[key] = value
	}
	for _, key := range i.Masked {
		view[key] = Mask
	}
	return view
}

// Credential is the name of the credential that the instance shares with others of its organization; "" = it has its own.
func (i *Instance) Credential() string { return i.Configuration[KeyCredential] }

// HasSecret reports whether a secret was given for a configuration key.
func (i *Instance) HasSecret(key string) bool { return slices.Contains(i.Masked, key) }
