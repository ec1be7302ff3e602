package instance

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// maker carries what is known while a draft becomes an instance.
type maker struct {
	report
	draft   *Draft
	element sdk.Manifest
	now     time.Time
	made    *Made
	used    map[string]bool // configuration keys that something has read
}

// New checks a draft against its element and makes an instance of it. The error is an *InvalidError with *all* faults. now fills the
// placeholders of URLs for the check. The caller sets the ids and the token.
func New(d *Draft, element sdk.Manifest, now time.Time) (*Made, error) {
	m := &maker{report: d.copy(), draft: d, element: element, now: now, used: map[string]bool{}, made: &Made{}}
	m.made.Secrets.Values = map[string]string{}
	m.made.Instance = &Instance{Format: Format, Element: element.Key, Created: now.UTC().Truncate(time.Second), Configuration: map[string]string{}}
	m.nameAndTags()
	m.size()
	m.parameters()
	m.provider()
	m.baseURL()
	m.events()
	m.delivery()
	m.callbackAuth()
	m.resources()
	m.options()
	m.unread()
	m.stored()
	if err := m.err(); err != nil {
		return nil, err
	}
	slices.Sort(m.made.Instance.Masked)
	m.made.Warnings = first(m.warnings)
	return m.made, nil
}

func (m *maker) nameAndTags() {
	i := m.made.Instance
	if i.Name = m.draft.name; i.Name == "" {
		i.Name = m.element.Name
		m.warn("name", "is missing; %q is used", i.Name)
	}
	if i.Tags = m.draft.tags; len(i.Tags) == 0 && !m.draft.untagged {
		i.Tags = []string{i.Name} // as the platform does
	}
}

// inConfiguration is the JSON path of a configuration key.
func inConfiguration(key string) string { return at("configuration", key) }

// raw takes a value of the configuration and notes that it was read.
func (m *maker) raw(key string) json.RawMessage {
	m.used[key] = true
	return m.draft.configuration[key]
}

// config reads a scalar of the configuration, without the blanks round it.
func (m *maker) config(key string) string {
	return strings.TrimSpace(m.text(inConfiguration(key), m.raw(key)))
}

// keep stores a configuration value. Invariant 6: a secret one is only named.
func (m *maker) keep(key, value string, secret bool) {
	if value == "" {
		return
	}
	if secret {
		m.made.Instance.Masked = append(m.made.Instance.Masked, key)
		return
	}
	m.made.Instance.Configuration[key] = value
}

// provider reads providerData: what an element that authenticates by OAuth was given to begin with.
func (m *maker) provider() {
	data := m.draft.providerData
	if m.element.Auth.Type != sdk.AuthOAuth2 {
		for _, key := range sortedKeys(data) {
			m.warn(at("providerData", key), "is not used: %s does not authenticate by OAuth", m.element.Name)
		}
		return
	}
	m.grant(strings.TrimSpace(data["code"]), strings.TrimSpace(data["state"]))
}

func (m *maker) baseURL() {
	i := m.made.Instance
	if len(m.element.BaseURLs) > 0 {
		i.BaseURL = m.element.BaseURLs[0]
	}
	text := strings.TrimRight(m.config(KeyBaseURL), "/")
	if text == "" {
		return
	}
	path := inConfiguration(KeyBaseURL)
	u := m.httpURL(path, text)
	if u != nil && (u.RawQuery != "" || u.ForceQuery || u.Fragment != "") {
		m.fault(path, "should have no query and no fragment, like %s", i.BaseURL)
	}
	i.BaseURL = text
	m.keep(KeyBaseURL, text, false)
}

// httpURL checks an absolute http or https URL. A message never repeats the URL: its query may hold a secret.
func (m *maker) httpURL(path, text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		m.fault(path, "is not a URL; it should look like https://example.com/path")
	case u.Scheme != "http" && u.Scheme != "https":
		m.fault(path, "should begin with https:// or http://")
	case u.Hostname() == "":
		m.fault(path, "has no host name; it should look like https://example.com/path")
	case u.User != nil:
		m.fault(path, "should carry no user name or password")
	case !goodPort(u.Port()):
		m.fault(path, "should have a port from 1 to 65535, or none")
	default:
		return u
	}
	return nil
}

func goodPort(port string) bool {
	n, err := strconv.Atoi(port)
	return port == "" || err == nil && n > 0 && n < 1<<16
}

// unread warns of configuration that nothing has read. Its values are not kept: they may be secrets.
func (m *maker) unread() {
	for _, key := range sortedKeys(m.draft.configuration) {
		if m.used[key] {
			continue
		}
		path := inConfiguration(key)
		switch {
		case platformKeys[key]:
			m.keep(key, m.text(path, m.draft.configuration[key]), false)
		case strings.HasPrefix(key, "oauth.") && m.element.Auth.Type != sdk.AuthOAuth2:
			m.warn(path, "is not used: %s does not authenticate by OAuth", m.element.Name)
		default:
			m.warn(path, "is not a parameter of %s and is ignored%s", m.element.Name, didYouMean(key, m.knownKeys()))
		}
	}
}

func (m *maker) knownKeys() []string {
	keys := sortedKeys(platformKeys)
	for _, p := range m.element.Config {
		keys = append(keys, p.Key)
	}
	return keys
}

// Bounds of an instance. They keep its record, and that of its secrets, within what a store takes (store.MaxValue).
const (
	maxConfiguration = 128 << 10 // bytes of JSON
	maxResources     = 100
	maxInstance      = 240 << 10 // bytes as stored
)

func (m *maker) size() {
	total := 0
	for key, raw := range m.draft.configuration {
		total += len(key) + len(raw)
	}
	if total > maxConfiguration {
		m.fault("configuration", "is %d bytes; at most %d are kept", total, maxConfiguration)
	}
}

// stored checks what cannot be known before all is read.
func (m *maker) stored() {
	if n := len(m.made.Instance.Resources); n > maxResources {
		m.fault(inConfiguration(KeyResources), "names %d resources; at most %d are polled by one instance", n, maxResources)
		return
	}
	if text, err := json.Marshal(m.made.Instance); err != nil || len(text) > maxInstance {
		m.fault("configuration", "is too large to be kept: %d bytes with what belongs to it, at most %d", len(text), maxInstance)
	}
}
