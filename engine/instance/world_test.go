package instance

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/template"
	"github.com/pollwright/pollwright/sdk"
)

var noon = time.Date(2024, 5, 6, 12, 0, 0, 0, time.UTC)

// icontact is modelled on the manifest of the iContact adapter.
func icontact() sdk.Manifest {
	const field, eastern = "createDate", "America/New_York"
	const local, iso = "yyyy-MM-dd' 'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ssXXX"
	return sdk.Manifest{
		Key: "icontact", Name: "iContact", Hub: "marketing", Version: "1", ID: 13766,
		Config: []sdk.Parameter{
			{Key: "api.version", Label: "API-Version", Type: "string", Default: "2.2"},
			{Key: "AppID", Label: "API-AppId", Type: "string", Required: true, Description: "Id of the application."},
			{Key: "api.username", Label: "API-Username", Type: "string", Required: true},
			{Key: "api.password", Label: "API-Password", Type: "string", Required: true, Secret: true},
			{Key: "limit", Label: "Limit", Type: "integer"},
			{Key: "sandbox", Label: "Sandbox", Type: "boolean"},
		},
		Auth:     sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"API-Password": "{api.password}"}},
		BaseURLs: []string{"https://app.icontact.com/icp"},
		Resources: []sdk.Resource{
			{Name: "contacts", Path: "/contacts", Default: true, Poll: &sdk.Poll{
				URL: "/hubs/general/contacts", IDField: "contactId", PageSize: 500,
				UpdatedDateField: field, UpdatedDateFormat: local, UpdatedDateTimezone: eastern,
				CreatedDateField: field, CreatedDateFormat: local, CreatedDateTimezone: eastern,
			}},
			{Name: "messages", Path: "/messages", Default: true, Poll: &sdk.Poll{
				URL: "/hubs/general/messages", IDField: "messageId",
				UpdatedDateField: field, UpdatedDateFormat: iso, CreatedDateField: field, CreatedDateFormat: iso,
			}},
			{Name: "lists", Path: "/lists", Poll: &sdk.Poll{URL: "/hubs/general/lists", IDField: "listId"}},
			{Name: "account", Path: "/account"},
		},
	}
}

// acton is modelled on the manifest of the Act-On adapter.
func acton() sdk.Manifest {
	return sdk.Manifest{
		Key: "acton", Name: "Act-On", Hub: "marketing", Version: "1", ID: 39,
		Config: []sdk.Parameter{
			{Key: "oauth.api.key", Label: "API Key", Type: "string", Required: true, Masked: true},
			{Key: "oauth.api.secret", Label: "API Secret", Type: "string", Required: true, Secret: true},
			{Key: "oauth.callback.url", Label: "Callback URL", Type: "string", Required: true},
			{Key: "listId", Label: "List id", Type: "string"},
		},
		Auth:     sdk.Auth{Type: sdk.AuthOAuth2, OAuth2: &sdk.OAuth2{AuthorizeURL: "/authorize", TokenURL: "/token"}},
		BaseURLs: []string{"https://api.actonsoftware.com"},
		Resources: []sdk.Resource{{
			Name: "contacts", Path: "/lists/{listId}/contacts", Default: true, Since: []string{"__modified_date"}, Poll: &sdk.Poll{
				URL: "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'", IDField: "_contact_id_", PageSize: 1000,
				UpdatedDateField: "__modified_date", UpdatedDateFormat: "milliseconds",
				CreatedDateField: "__created_date", CreatedDateFormat: "milliseconds",
			},
		}},
	}
}

// icontactBody is a good body, with further members of its configuration.
func icontactBody(more string) string {
	return `{"element":{"key":"icontact"},"name":"n","configuration":{"AppID":"a","api.username":"u","api.password":"p",
		"event.notification.enabled":true,"event.notification.callback.url":"https://example.com/cb"` + comma(more) + `}}`
}

func actonBody(more string) string {
	return `{"element":{"key":"acton"},"name":"n","providerData":{"code":"c"},"configuration":{"oauth.api.key":"k","oauth.api.secret":"s",
		"oauth.callback.url":"https://example.com/oauth","event.notification.enabled":true,
		"event.notification.callback.url":"https://example.com/cb"` + comma(more) + `}}`
}

func comma(more string) string {
	if more == "" {
		return ""
	}
	return "," + more
}

// contacts is a configuration of one resource of iContact with the given fields besides its dates.
func contacts(fields string) string {
	return `"event.poller.configuration":{"contacts":{` + fields + `,"datesConfiguration":{"updatedDateField":"createDate","createdDateField":"createDate"}}}`
}

// dated is a configuration of iContact's contacts with these dates.
func dated(dates string) string {
	return `"event.poller.configuration":{"contacts":{"url":"/contacts","idField":"contactId","datesConfiguration":{` + dates + `}}}`
}

func make1(body string, element sdk.Manifest) (*Made, error) {
	d, err := Parse([]byte(body))
	if err != nil {
		return nil, err
	}
	return New(d, element, noon)
}

func mustMake(t *testing.T, body string, element sdk.Manifest) *Made {
	t.Helper()
	made, err := make1(body, element)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return made
}

// invalid is what a refused body is told.
func invalid(t *testing.T, body string, element sdk.Manifest) *InvalidError {
	t.Helper()
	_, err := make1(body, element)
	var wrong *InvalidError
	if !errors.As(err, &wrong) {
		t.Fatalf("error %v, want an InvalidError", err)
	}
	return wrong
}

// expect checks that the problems are at these paths, in any order and no others, each with a message that holds the text.
func expect(t *testing.T, what string, got []Problem, want ...Problem) {
	t.Helper()
	left := append([]Problem(nil), want...)
next:
	for _, p := range got {
		for n, w := range left {
			if p.Path == w.Path && strings.Contains(p.Message, w.Message) {
				left = append(left[:n], left[n+1:]...)
				continue next
			}
		}
		t.Errorf("unexpected %s: %s: %s", what, p.Path, p.Message)
	}
	for _, w := range left {
		t.Errorf("missing %s: %s: %s", what, w.Path, w.Message)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := readFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func readFile(name string) (string, error) {
	text, err := os.ReadFile(filepath.Join("testdata", name))
	return string(text), err
}

// swap replaces pairs of texts, each of which must be there.
func swap(t *testing.T, text string, pairs ...string) string {
	t.Helper()
	for n := 0; n < len(pairs); n += 2 {
		if !strings.Contains(text, pairs[n]) {
			t.Fatalf("%q is not in the text", pairs[n])
		}
		text = strings.Replace(text, pairs[n], pairs[n+1], 1)
	}
	return text
}

const poller = "configuration['event.poller.configuration']"

func valuesOf(r *Resource) template.Values {
	return template.Values{Since: noon, Now: noon, Vars: r.Vars}
}
