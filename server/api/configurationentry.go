package api

import (
	"hash/fnv"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// configurationEntry is one configuration key of an element, in the platform's shape.
type configurationEntry struct {
	ID              uint32  `json:"id"` // made of the key
	Name            string  `json:"name"`
	Key             string  `json:"key"`
	Description     string  `json:"description"`
	DefaultValue    *string `json:"defaultValue"`
	ResellerConfig  bool    `json:"resellerConfig"`
	CompanyConfig   bool    `json:"companyConfig"`
	Active          bool    `json:"active"`
	Internal        bool    `json:"internal"`
	GroupControl    bool    `json:"groupControl"`
	DisplayOrder    int     `json:"displayOrder"` // from 1
	Type            string  `json:"type"`         // the platform's: BOOLEAN, PASSWORD, TEXTFIELD_128...
	HideFromConsole bool    `json:"hideFromConsole"`
	Required        bool    `json:"required"`
}

// The platform's types of entries.
const (
	typeBoolean   = "BOOLEAN"
	typePassword  = "PASSWORD"
	typeText      = "TEXTFIELD_128"
	typeLongText  = "TEXTFIELD_1000"
	typeMultiline = "TEXTAREA"
)

// eventEntries are what every element has; names and types are the platform's.
func eventEntries() []configurationEntry {
	return []configurationEntry{
		{Key: instance.KeyEventsEnabled, Name: "Event Notifications Enabled", Type: typeBoolean, DefaultValue: new("false"),
			Description: "Whether the instance's resources are polled and events are sent."},
		{Key: instance.KeyVendorType, Name: "Event Type", Type: typeText, DefaultValue: new("polling"), HideFromConsole: true, Internal: true,
			Description: "How events come about: by polling."},
		{Key: instance.KeyCallbackURL, Name: "Event Notification Callback URL", Type: typeLongText,
			Description: "Where events are sent to."},
		{Key: instance.KeySignatureKey, Name: "Callback Notification Signature Key", Type: typePassword,
			Description: "Signs each notification."},
		{Key: instance.KeyInterval, Name: "Event poller refresh interval", Type: typeText, DefaultValue: new("15"),
			Description: "Minutes between two polls; fractions down to one second."},
		{Key: instance.KeyResources, Name: "Event Poller Resources Configuration", Type: typeMultiline,
			Description: "What is polled: an object with an entry for each resource. Without it, the element's default resources."},
		{Key: instance.KeyBaseURL, Name: "Base URL", Type: typeLongText,
			Description: "Replaces the provider's base URL, for sandboxes and other regions."},
	}
}

// configurationEntries lists an element's own parameters and those of every element.
func configurationEntries(m sdk.Manifest) []configurationEntry {
	var entries []configurationEntry
	for _, p := range m.Config {
		entry := configurationEntry{Key: p.Key, Name: p.Label, Description: p.Description, Type: entryType(p), Required: p.Required}
		if p.Default != "" {
			entry.DefaultValue = &p.Default
		}
		entries = append(entries, entry)
	}
	entries = append(entries, eventEntries()...)
	for i := range entries {
		entries[i].ID, entries[i].Active, entries[i].DisplayOrder = entryID(entries[i].Key), true, i+1
	}
	return entries
}

func entryType(p sdk.Parameter) string {
	switch {
	case p.Secret || p.Masked:
		return typePassword
	case p.Type == "boolean":
		return typeBoolean
	}
	return typeText
}

// entryID needs no counter and stays the same when an adapter gets another parameter. It fits a signed 32-bit integer.
func entryID(key string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return h.Sum32() >> 1
}
