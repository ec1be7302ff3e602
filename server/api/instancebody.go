package api

import (
	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// instanceBody is an instance as the platform's API shows it: POST and GET share it. Fields that have no meaning here have the platform's
// usual value, because clients check that they are there. The authorization code of a POST body (providerData) is never shown.
type instanceBody struct {
	ID                     int64              `json:"id"`
	Name                   string             `json:"name"`
	CreatedDate            string             `json:"createdDate"` // 2017-08-07T18:46:38Z
	Token                  string             `json:"token"`
	Element                elementBody        `json:"element"`
	ElementID              int64              `json:"elementId"`
	Tags                   []string           `json:"tags"`
	ProvisionInteractions  []struct{}         `json:"provisionInteractions"` // always empty
	Valid                  bool               `json:"valid"`
	Disabled               bool               `json:"disabled"`
	MaxCacheSize           int                `json:"maxCacheSize"`
	CacheTimeToLive        int                `json:"cacheTimeToLive"`
	Configuration          map[string]string  `json:"configuration"` // texts only; secrets masked
	EventsEnabled          bool               `json:"eventsEnabled"`
	TraceLoggingEnabled    bool               `json:"traceLoggingEnabled"`
	CachingEnabled         bool               `json:"cachingEnabled"`
	ExternalAuthentication string             `json:"externalAuthentication"`
	User                   userBody           `json:"user"`
	Callback               *engine.Callback   `json:"callback,omitempty"`        // ours: how the callback fares, unless nothing is known against it
	WebhookSecret          string             `json:"webhookSecret,omitempty"`   // ours: signs by Standard Webhooks; in the answer to POST only
	PollingDisabled        *engine.Stopped    `json:"pollingDisabled,omitempty"` // ours: why its polling was stopped after failures
	Warnings               []instance.Problem `json:"warnings,omitempty"`        // ours: what was tolerated in the POST body
}

// userBody is who made an instance. This service knows users by their id only.
type userBody struct {
	ID           int64  `json:"id"`
	EmailAddress string `json:"emailAddress"`
	FirstName    string `json:"firstName"`
	LastName     string `json:"lastName"`
}

func viewInstance(in *engine.Instance) instanceBody {
	return instanceBody{
		ID:                     in.ID,
		Name:                   in.Name,
		CreatedDate:            in.Created.UTC().Format("2006-01-02T15:04:05Z"),
		Token:                  in.Token,
		Element:                viewElement(in.Element),
		ElementID:              in.Element.ID,
		Tags:                   append([]string{}, in.Tags...),
		ProvisionInteractions:  []struct{}{},
		Valid:                  in.Stopped == nil || in.Stopped.Kind != sdk.FaultAuth,
		Disabled:               in.Disabled,
		Configuration:          in.View(),
		EventsEnabled:          in.Events.Enabled,
		ExternalAuthentication: "none",
		User:                   userBody{ID: in.User},
		Callback:               troubled(in.Callback),
		WebhookSecret:          in.WebhookSecret,
		PollingDisabled:        in.Stopped,
		Warnings:               in.Warnings,
	}
}

// briefBody is an instance without what is long (hydrate=false): neither its configuration nor the details of its element.
type briefBody struct {
	ID            int64            `json:"id"`
	Name          string           `json:"name"`
	CreatedDate   string           `json:"createdDate"`
	Token         string           `json:"token"`
	Element       briefElementBody `json:"element"`
	ElementID     int64            `json:"elementId"`
	Tags          []string         `json:"tags"`
	Valid         bool             `json:"valid"`
	Disabled      bool             `json:"disabled"`
	EventsEnabled bool             `json:"eventsEnabled"`
	User          userBody         `json:"user"`
}

type briefElementBody struct {
	ID   int64  `json:"id"`
	Key  string `json:"key"`
	Name string `json:"name"`
	Hub  string `json:"hub"`
}

func viewBrief(in *engine.Instance) briefBody {
	b := viewInstance(in)
	return briefBody{
		b.ID, b.Name, b.CreatedDate, b.Token, briefElementBody{b.Element.ID, b.Element.Key, b.Element.Name, b.Element.Hub}, b.ElementID, b.Tags,
		b.Valid, b.Disabled, b.EventsEnabled, b.User,
	}
}

func troubled(c engine.Callback) *engine.Callback {
	if c == (engine.Callback{}) {
		return nil
	}
	return &c
}
