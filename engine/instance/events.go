package instance

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// DefaultInterval is the platform's usual event.poller.refresh_interval.
const DefaultInterval = 15 * time.Minute

// The bounds of event.poller.refresh_interval.
const (
	MinInterval = time.Second
	MaxInterval = 366 * 24 * time.Hour
)

// events reads whether and how often to look, and where to tell.
func (m *maker) events() {
	i := m.made.Instance
	i.Events.Enabled = m.boolean(inConfiguration(KeyEventsEnabled), m.raw(KeyEventsEnabled), false)
	i.Configuration[KeyEventsEnabled] = strconv.FormatBool(i.Events.Enabled)
	m.vendorType()
	m.interval()
	if text := m.config(KeyCallbackURL); text != "" {
		u := m.httpURL(inConfiguration(KeyCallbackURL), text)
		if u != nil && m.draft.HTTPSCallbacks && u.Scheme != "https" {
			m.fault(inConfiguration(KeyCallbackURL), "should begin with https://: this server sends notifications over https only")
		}
		i.Events.CallbackURL = text
		m.keep(KeyCallbackURL, text, false)
	} else if i.Events.Enabled {
		m.warn(inConfiguration(KeyCallbackURL), "is missing: without a place to send events to, nothing is polled")
	}
	// A key is taken as it is, blanks included: the receiver computes with the same bytes.
	m.made.Secrets.SignatureKey = m.text(inConfiguration(KeySignatureKey), m.raw(KeySignatureKey))
	m.keep(KeySignatureKey, m.made.Secrets.SignatureKey, true)
}

func (m *maker) vendorType() {
	key := KeyVendorType
	if typo := m.config(KeyVendorTypeTypo); typo != "" {
		if m.config(KeyVendorType) == "" {
			key = KeyVendorTypeTypo
			m.warn(inConfiguration(key), "is read as %s", KeyVendorType)
		} else {
			m.warn(inConfiguration(KeyVendorTypeTypo), "is ignored: %s is given too", KeyVendorType)
		}
	}
	switch value := m.config(key); strings.ToLower(value) {
	case "", "polling":
		m.made.Instance.Configuration[KeyVendorType] = "polling"
	default:
		m.fault(inConfiguration(key), "should be \"polling\", is %s: %s is polled, it sends no webhooks of its own", quote(value), m.element.Name)
	}
}

func (m *maker) interval() {
	i, path := m.made.Instance, inConfiguration(KeyInterval)
	i.Events.Interval = DefaultInterval
	text := m.config(KeyInterval)
	if text == "" {
		i.Configuration[KeyInterval] = "15"
		return
	}
	i.Configuration[KeyInterval] = text
	minutes, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(minutes, 0) || math.IsNaN(minutes) {
		m.fault(path, "should be a number of minutes, like 15, is %s", quote(text))
		return
	}
	// Compared as floats first: a huge number of minutes would overflow a duration. A few milliseconds of slack allow 0.0166 for one second.
	if minutes < MinInterval.Minutes()-0.0001 || minutes > MaxInterval.Minutes() {
		m.fault(path, "should be from one second (0.0167) to a year (527040) in minutes, is %s", quote(text))
		return
	}
	i.Events.Interval = max(time.Duration(minutes*float64(time.Minute)).Round(time.Millisecond), MinInterval)
}
