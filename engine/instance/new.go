package instance

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// DefaultInterval is the platform's usual event.poller.refresh_interval.
const DefaultInterval = 15 * time.Minute

// The bounds of event.poller.refresh_interval.
const (
	MinInterval = time.Second
	MaxInterval = 366 * 24 * time.Hour
)

// maker carries what is known while a draft becomes an instance.
type maker struct {
	*Draft
	element sdk.Manifest
	now     time.Time
	made    Made
	used    map[string]bool // configuration keys that something has read
}

// New checks a draft against its element and makes an instance of it. The error is an *InvalidError with *all* faults. The caller sets
// the ids and the token.
func New(d *Draft, element sdk.Manifest, now time.Time) (*Made, error) {
	m := &maker{Draft: d, element: element, now: now, used: map[string]bool{}}
	m.made.Secrets.Values = map[string]string{}
	m.made.Instance = &Instance{Format: Format, Element: element.Key, Created: now.UTC().Truncate(time.Second), Configuration: map[string]string{}}
	m.nameAndTags()
	m.parameters()
	m.provider()
	m.baseURL()
	m.events()
	m.unread()
	if err := m.err(); err != nil {
		return nil, err
	}
	slices.Sort(m.made.Instance.Masked)
	m.made.Warnings = m.warnings
	return &m.made, nil
}

func (m *maker) nameAndTags() {
	i := m.made.Instance
	if i.Name = m.name; i.Name == "" {
		i.Name = m.element.Name
		m.warn("name", "is missing; %q is used", i.Name)
	}
	if i.Tags = m.tags; len(i.Tags) == 0 {
		i.Tags = []string{i.Name} // as the platform does
	}
}

// config reads a scalar of the configuration and notes that it was read.
func (m *maker) config(key string) string {
	m.used[key] = true
	return strings.TrimSpace(m.text(at("configuration", key), m.configuration[key]))
}

// parameters reads what the element asks for.
func (m *maker) parameters() {
	for _, p := range m.element.Config {
		value, path := m.config(p.Key), at("configuration", p.Key)
		if value == "" {
			value = p.Default
		}
		switch {
		case value == "" && p.Required:
			m.fault(path, "is required (%s)", label(p))
			continue
		case value == "":
			continue
		case strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"):
			m.warn(path, "looks like a placeholder of the documentation that was not filled in")
		}
		m.checkType(path, p.Type, value)
		m.keep(p.Key, value, p.Secret, p.Masked)
		m.made.Secrets.Values[p.Key] = value
	}
}

func label(p sdk.Parameter) string {
	if p.Description == "" {
		return p.Label
	}
	return p.Label + ": " + p.Description
}

func (m *maker) checkType(path, kind, value string) {
	switch kind {
	case "integer":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			m.fault(path, "should be a whole number")
		}
	case "boolean":
		if value != "true" && value != "false" {
			m.fault(path, "should be true or false")
		}
	}
}

// keep stores a configuration value. Invariant 6: a secret one is only named.
func (m *maker) keep(key, value string, secret, masked bool) {
	if value == "" {
		return
	}
	if secret || masked {
		m.made.Instance.Masked = append(m.made.Instance.Masked, key)
		return
	}
	m.made.Instance.Configuration[key] = value
}

// provider reads providerData: the authorization code where the element has use for one.
func (m *maker) provider() {
	if m.element.Auth.Type != sdk.AuthOAuth2 {
		for _, key := range sortedKeys(m.providerData) {
			m.warn(at("providerData", key), "is not used: %s does not authenticate by OAuth", m.element.Name)
		}
		return
	}
	if m.made.Secrets.Code = strings.TrimSpace(m.providerData["code"]); m.made.Secrets.Code == "" {
		m.fault("providerData.code", "is required: the authorization code that %s gave to your oauth.callback.url", m.element.Name)
	}
}

func (m *maker) baseURL() {
	i := m.made.Instance
	i.BaseURL = m.element.BaseURLs[0]
	text := strings.TrimRight(m.config(KeyBaseURL), "/")
	if text == "" {
		return
	}
	path := at("configuration", KeyBaseURL)
	u := m.httpURL(path, text)
	if u != nil && (u.RawQuery != "" || u.Fragment != "") {
		m.fault(path, "should have no query and no fragment, like %s", i.BaseURL)
	}
	i.BaseURL = text
	m.keep(KeyBaseURL, text, false, false)
}

// httpURL checks an absolute http or https URL. A message never repeats the URL: its query may hold a secret.
func (m *maker) httpURL(path, text string) *url.URL {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		m.fault(path, "is not a URL")
	case u.Scheme != "http" && u.Scheme != "https":
		m.fault(path, "should begin with https:// or http://")
	case u.Hostname() == "":
		m.fault(path, "has no host name")
	case u.User != nil:
		m.fault(path, "should carry no user name or password")
	default:
		return u
	}
	return nil
}

func (m *maker) events() {
	i := m.made.Instance
	i.Events.Enabled = m.boolean(at("configuration", KeyEventsEnabled), m.configuration[KeyEventsEnabled], false)
	m.used[KeyEventsEnabled] = true
	i.Configuration[KeyEventsEnabled] = strconv.FormatBool(i.Events.Enabled)
	m.vendorType()
	m.interval()
	if text := m.config(KeyCallbackURL); text != "" {
		m.httpURL(at("configuration", KeyCallbackURL), text)
		i.Events.CallbackURL = text
		m.keep(KeyCallbackURL, text, false, false)
	} else if i.Events.Enabled {
		m.warn(at("configuration", KeyCallbackURL), "is missing: without a place to send events to, nothing is polled")
	}
	m.made.Secrets.SignatureKey = m.text(at("configuration", KeySignatureKey), m.configuration[KeySignatureKey])
	m.used[KeySignatureKey] = true
	m.keep(KeySignatureKey, m.made.Secrets.SignatureKey, true, true)
	m.resources()
}

func (m *maker) vendorType() {
	key := KeyVendorType
	if _, typo := m.configuration[KeyVendorTypeTypo]; typo {
		m.used[KeyVendorTypeTypo] = true
		m.warn(at("configuration", KeyVendorTypeTypo), "is read as %s", KeyVendorType)
		if _, both := m.configuration[KeyVendorType]; !both {
			key = KeyVendorTypeTypo
		}
	}
	switch value := m.config(key); strings.ToLower(value) {
	case "", "polling":
		m.made.Instance.Configuration[KeyVendorType] = "polling"
	default:
		m.fault(at("configuration", key), "should be \"polling\", is %q: %s is polled, it sends no webhooks of its own", value, m.element.Name)
	}
}

func (m *maker) interval() {
	i, path := m.made.Instance, at("configuration", KeyInterval)
	i.Events.Interval = DefaultInterval
	text := m.config(KeyInterval)
	if text == "" {
		i.Configuration[KeyInterval] = "15"
		return
	}
	i.Configuration[KeyInterval] = text
	minutes, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(minutes) {
		m.fault(path, "should be a number of minutes, like 15, is %q", text)
		return
	}
	// Compared as floats first: a huge number of minutes would overflow a duration. A millisecond of slack allows 0.0166 for one second.
	if minutes < MinInterval.Minutes()-0.0001 || minutes > MaxInterval.Minutes() {
		m.fault(path, "should be from one second (0.0167) to a year (527040) in minutes, is %q", text)
		return
	}
	i.Events.Interval = max(time.Duration(minutes*float64(time.Minute)).Round(time.Millisecond), MinInterval)
}

// unread warns of configuration that nothing has read. Its values are not kept: they may be secrets.
func (m *maker) unread() {
	for _, key := range sortedKeys(m.configuration) {
		if m.used[key] {
			continue
		}
		path := at("configuration", key)
		lack, platform := platformKeys[key]
		switch {
		case platform && lack != "":
			m.warn(path, "%s", lack)
		case platform:
			m.keep(key, m.text(path, m.configuration[key]), secretKeys[key], false)
		case strings.HasPrefix(key, "oauth."):
			m.warn(path, "is not used: %s does not authenticate by OAuth, or has no such parameter", m.element.Name)
		default:
			m.warn(path, "is not a parameter of %s and is ignored", m.element.Name)
		}
	}
}
