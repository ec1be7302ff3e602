package main

import "github.com/pollwright/pollwright/sdk"

// Names of the resources: also their paths, and the names of the lists in an answer.
const (
	items   = "items"
	shelves = "shelves"
)

// updated is the field that Larder can filter by. Its dates are in dateFormat (java.text.SimpleDateFormat).
const (
	updated    = "updated_at"
	dateFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'"
)

// Describe says what the adapter is. The host checks it when the adapter is installed.
func (adapter) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "larder", Name: "Larder", Hub: "demo", Version: "1.0.0",
		Description: "Items of a pantry, and the shelves they stand on.",
		Config:      []sdk.Parameter{{Key: "api.key", Label: "API key", Type: "string", Required: true, Secret: true}},
		Auth:        sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"Authorization": "Bearer {api.key}"}},
		BaseURLs:    []string{"https://api.larder.example"},
		RateLimit:   []sdk.Rate{{Requests: 10, PerSeconds: 1}},
		Resources: []sdk.Resource{
			{
				Name: items, Path: "/items", Default: true, Since: []string{updated}, Where: []sdk.Filter{{Name: updated, Ops: []string{">="}}},
				Description: "What is in the pantry, the oldest change first.",
				Poll: &sdk.Poll{
					URL: "/hubs/demo/items?where=updated_at>='${gmtDate:" + dateFormat + "}'", IDField: "id", PageSize: usualRows,
					UpdatedDateField: updated, UpdatedDateFormat: dateFormat, UpdatedDateTimezone: "UTC",
					CreatedDateField: "created_at", CreatedDateFormat: dateFormat, CreatedDateTimezone: "UTC",
				},
			},
			{
				Name: shelves, Path: "/shelves",
				Description: "All shelves, in one page.",
				Poll: &sdk.Poll{
					URL: "/hubs/demo/shelves", IDField: "id",
					UpdatedDateField: updated, UpdatedDateFormat: dateFormat, UpdatedDateTimezone: "UTC",
				},
			},
		},
		Body: sdk.BodyOutline,
	}
}
