package api

import (
	"hash/fnv"
	"strconv"

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
		{Key: instance.KeyCallbackHeaders, Name: "Callback Notification Headers", Type: typePassword,
			Description: "Headers of each notification: an object, or a line \"Name: value\" for each."},
		{Key: instance.KeyBasicUsername, Name: "Callback Notification Basic Username", Type: typeText,
			Description: "User name for basic authentication at the callback."},
		{Key: instance.KeyBasicPassword, Name: "Callback Notification Basic Password", Type: typePassword,
			Description: "Password for basic authentication at the callback."},
		{Key: instance.KeyFormat, Name: "Event Notification Format", Type: typeText, DefaultValue: new(instance.FormatElements),
			Description: "Form of a notification: elements, cloudevents or standard."},
		{Key: instance.KeyBatch, Name: "Event Notification Batch", Type: typeText,
			Description: "Most events in a notification, 1 to 100; by default, and at most, 10 with the format elements, otherwise 1 by default."},
		{Key: instance.KeyOrder, Name: "Event Notification Order", Type: typeText, DefaultValue: new(instance.OrderObject),
			Description: "Which events wait for each other: object (those of one object), strict (all) or none."},
		{Key: instance.KeyLanes, Name: "Event Notification Lanes", Type: typeText, DefaultValue: new(strconv.Itoa(instance.DefaultLanes)),
			Description: "How many notifications may be on their way at once, 1 to 64."},
		{Key: instance.KeyRetries, Name: "Event Notification Retries", Type: typeText, DefaultValue: new("standard"),
			Description: "Waits between the attempts of a notification that is refused: standard, elements, none, or a list like 5s, 5m, 2h."},
		{Key: instance.KeyRate, Name: "Event Notification Rate", Type: typeText,
			Description: "Most notifications a second; fractions are allowed. Without it there is no limit."},
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
