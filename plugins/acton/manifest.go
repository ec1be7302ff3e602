package main

import (
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// Configuration keys. The first three are the platform's.
const (
	keyClientID     = "oauth.api.key"
	keyClientSecret = "oauth.api.secret"
	keyCallback     = "oauth.callback.url"
	keyList         = "listId"
)

const contacts = "contacts" // the resource

// Columns of every list that is asked for with datequalifiers; dates are Unix milliseconds in a string.
const (
	contactID = "_contact_id_"
	created   = "__created_date"
	modified  = "__modified_date"
)

// Describe gives the manifest.
func (a adapter) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "acton", Name: "Act-On", Hub: "marketing", Version: "1.1.0", ID: 39,
		Description: "Marketing automation. Reads lists and their contacts, messages, suppressed addresses, forms, landing pages and programs.",
		Config: []sdk.Parameter{
			{Key: keyClientID, Label: "API Key", Type: "string", Required: true, Masked: true, Description: "Client id of the application registered with Act-On."},
			{Key: keyClientSecret, Label: "API Secret", Type: "string", Required: true, Secret: true, Description: "Client secret of the application."},
			{Key: keyCallback, Label: "Callback URL", Type: "string", Required: true, Description: "Where Act-On sends the user back after consent."},
			{Key: keyList, Label: "List id", Type: "string", Description: "Stands in for {listId} in the URL of a resource, such as l-0001."},
		},
		Auth: sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{
			AuthorizeURL: "/authorize", TokenURL: "/token", Scope: "PRODUCTION", AuthStyle: "params",
			ClientID: "{" + keyClientID + "}", ClientSecret: "{" + keyClientSecret + "}", RedirectURL: "{" + keyCallback + "}",
			AccessTokenLife:  3600,
			RefreshTokenLife: 30 * 24 * 3600, // "about a month", from its last use
			// Each refresh token works once; a second use, or a token for the same user by another way, ends the first.
			RotatesRefreshToken: true,
		}},
		BaseURLs:  []string{"https://api.actonsoftware.com", "https://api-eu.actonsoftware.com", "https://restapi.actonsoftware.com"},
		RateLimit: []sdk.Rate{{Requests: 5, PerSeconds: 1}, {Requests: 30_000, PerSeconds: 86_400}},
		Resources: append([]sdk.Resource{{
			Name: contacts, Path: "/lists/{listId}/contacts", Default: true, Since: []string{modified, created}, Where: conditions(),
			Description: "The rows of one list. A contact on two lists is two records.",
			Poll: &sdk.Poll{
				URL: "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'", IDField: contactID, PageSize: maxCount,
				UpdatedDateField: modified, UpdatedDateFormat: "milliseconds",
				CreatedDateField: created, CreatedDateFormat: "milliseconds",
			},
		}, {
			Name: contact, Path: "/lists/{listId}/contacts/{" + keyRecord + "}", Single: true, Description: "One row of a list.",
		}}, others(a.catalog)...),
	}
}

func others(catalog []collection) (all []sdk.Resource) {
	for _, c := range catalog {
		all = append(all, c.Resource)
	}
	return all
}

// conditions are Act-On's own words for dates: no fields of a row.
func conditions() []sdk.Filter {
	var all []sdk.Filter
	for _, name := range filters {
		ops := []string{"=", ">", ">="}
		if strings.HasSuffix(name, "before") {
			ops = []string{"=", "<", "<="}
		}
		all = append(all, sdk.Filter{Name: name, Ops: ops, Parameter: true})
	}
	return all
}
