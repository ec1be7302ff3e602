package instance

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// only is the one resource of a body that is accepted.
func only(t *testing.T, made *Made) Resource {
	t.Helper()
	if len(made.Instance.Resources) != 1 {
		t.Fatalf("resources %+v, want one", made.Instance.Resources)
	}
	return made.Instance.Resources[0]
}

func TestTolerated(t *testing.T) {
	t.Parallel()
	iso := `"updatedDateField":"createDate","updatedDateFormat":"yyyy-MM-dd HH:mm:ss"`
	tests := []struct {
		name, more string
		want       []Problem
		check      func(*testing.T, *Made)
	}{
		{"unknown keys", `"appid":"canary","listId":"canary","event.objects":null,"base.URL":"canary"`,
			[]Problem{{"configuration.appid", "is ignored; did you mean AppID?"}, {"configuration.listId", "is not a parameter of iContact"},
				{"configuration['base.URL']", "did you mean base.url?"}, {poller, "default resources"}}, nil},
		{"vendor type", `"event.vendor.type":" Polling "`, []Problem{{poller, "default resources"}}, nil},
		{"vendor type misprinted", `"vendor.event.type":"polling"`, []Problem{{poller, ""}, {"configuration['vendor.event.type']", "is read as event.vendor.type"}}, nil},
		{"vendor type twice", `"vendor.event.type":"webhook","event.vendor.type":"polling"`,
			[]Problem{{poller, ""}, {"configuration['vendor.event.type']", "is ignored: event.vendor.type is given too"}}, nil},
		{"parameters", `"limit":7,"sandbox":"TRUE","api.version":2.1`, []Problem{{poller, ""}}, func(t *testing.T, made *Made) {
			view := made.Instance.View()
			if view["limit"] != "7" || view["sandbox"] != "true" || view["api.version"] != "2.1" {
				t.Errorf("view %v", view)
			}
		}},
		{"no resource", `"event.poller.configuration":{}`, []Problem{{poller, "names no resource"}}, nil},
		{"a blank text is none", `"event.poller.configuration":" "`, []Problem{{poller, "default resources"}}, nil},
		{"kept white space", `"event.poller.configuration":"\n{ \"c\" :\t{\"url\":\"/contacts\",\"idField\":\"contactId\",\"datesConfiguration\":{\"updatedDateField\":\"createDate\",\"createdDateField\":\"createDate\"}} }\n"`,
			nil, func(t *testing.T, made *Made) {
				if got := made.Instance.View()[KeyResources]; !strings.HasPrefix(got, "\n{ \"c\" :\t{") || !strings.HasSuffix(got, "} }\n") {
					t.Errorf("shown %q", got)
				}
				if r := only(t, made); r.Name != "c" || r.Reads != "contacts" || r.Fallback != nil {
					t.Errorf("resource %+v", r)
				}
			}},
		{"left out", `"event.poller.configuration":{"contacts":{"url":"/contacts","datesConfiguration":{}}}`,
			[]Problem{{inContacts + ".idField", `"contactId" is used`}, {inContacts + ".datesConfiguration", `"createDate" is used`}}, func(t *testing.T, made *Made) {
				if r := only(t, made); r.Fallback != nil || r.Fields.Created.Field != "createDate" {
					t.Errorf("resource %+v", r)
				}
			}},
		{"another field of unknown shape", dated(`"updatedDateField":"modified","updatedDateFormat":"milliseconds"`),
			[]Problem{{inContacts + ".datesConfiguration", `usually have their date in "createDate"`}}, nil},
		{"same format, other quotes", dated(iso), nil, nil},
		{"stray quote in a format", dated(`"updatedDateField":"createDate","updatedDateFormat":"yyyy-MM-dd HH:mm:ss'"`),
			[]Problem{{inContacts + ".datesConfiguration.updatedDateFormat", "stray quote"}}, nil},
		{"a zone of the user's", dated(iso + `,"updatedDateTimezone":"UTC"`), []Problem{{inContacts + ".datesConfiguration", "are known to be in the zone America/New_York"}}, func(t *testing.T, made *Made) {
			if r := only(t, made); r.Fields.Updated.Zone != "UTC" || r.Fields.Created.Zone != "" {
				t.Errorf("fields %+v", r.Fields)
			}
		}},
		{"a zone under another spelling", dated(iso + `,"UpdatedDateTimezone":"PST"`), []Problem{{inContacts + ".datesConfiguration", "are known to be in the zone America/New_York"}}, func(t *testing.T, made *Made) {
			if r := only(t, made); r.Fields.Updated.Zone != "PST" {
				t.Errorf("fields %+v", r.Fields)
			}
		}},
		{"both spellings", dated(iso + `,"UpdatedDateTimezone":"PST","updatedDateTimezone":"GMT"`),
			[]Problem{{inContacts + ".datesConfiguration", "are known to be in the zone America/New_York"}, {inContacts + ".datesConfiguration.UpdatedDateTimezone", "another spelling"}}, func(t *testing.T, made *Made) {
				if r := only(t, made); r.Fields.Updated.Zone != "GMT" {
					t.Errorf("fields %+v", r.Fields)
				}
			}},
		{"another field, no zone", dated(`"updatedDateField":"x","updatedDateFormat":"yyyy-MM-dd HH:mm:ss"`),
			[]Problem{{inContacts + ".datesConfiguration", "createDate"}}, func(t *testing.T, made *Made) {
				if r := only(t, made); r.Fields.Updated.Zone != "" {
					t.Errorf("zone %q: the manifest's holds for its own field only", r.Fields.Updated.Zone)
				}
			}},
		{"nulls", contacts(`"url":"/contacts","idField":"contactId","pageSize":null,"pollDelay":null,"filterByUpdatedDate":null,"createdCheckTolerance":null`), nil, func(t *testing.T, made *Made) {
			if r := only(t, made); r.PageSize != 0 || r.FilterByCreated || r.Tolerance != 10*time.Second || r.PollDelay != 0 || r.Overlap != 2*time.Minute {
				t.Errorf("resource %+v", r)
			}
		}},
		{"texts for numbers", contacts(`"url":"/contacts?pageSize=7","idField":"contactId","pageSize":"20","pollDelay":"30","filterByUpdatedDate":"False","filterByCurrentDate":"true","createdCheckTolerance":2.5`), nil, func(t *testing.T, made *Made) {
			if r := only(t, made); r.PageSize != 20 || !r.FilterByCreated || !r.FilterByCurrent || r.Tolerance != 2500*time.Millisecond || r.PollDelay != 30*time.Second {
				t.Errorf("resource %+v", r)
			}
		}},
		{"page size of the URL", contacts(`"url":"/contacts?pageSize=7","idField":"contactId"`), nil, func(t *testing.T, made *Made) {
			if r := only(t, made); r.PageSize != 7 {
				t.Errorf("resource %+v", r)
			}
		}},
		{"as spelled in the prose", contacts(`"URL":"/contacts","idfield":"contactId","filterByUpdateDate":false`), nil, func(t *testing.T, made *Made) {
			if r := only(t, made); !r.FilterByCreated || r.Fields.ID != "contactId" {
				t.Errorf("resource %+v", r)
			}
		}},
		{"tolerance beside the dates", dated(iso + `,"createdCheckTolerance":60`), nil, func(t *testing.T, made *Made) {
			if r := only(t, made); r.Tolerance != time.Minute {
				t.Errorf("tolerance %s", r.Tolerance)
			}
		}},
		{"unknown fields", contacts(`"url":"/contacts","idField":"contactId","batchSize":1`), []Problem{{inContacts + ".batchSize", "not a known key"}}, nil},
		{"where as it is", contacts(`"url":"/contacts?where=a='1' or b='2'","idField":"contactId"`), []Problem{{inContacts + ".url", `handed to the adapter as it is: "a='1' or b='2'"`}}, nil},
		{"variable of the user's", contacts(`"url":"/contacts?folder={folder}","idField":"contactId"`) + `,"folder":12`, nil, func(t *testing.T, made *Made) {
			if r := only(t, made); r.Vars["folder"] != "12" || made.Instance.Configuration["folder"] != "12" {
				t.Errorf("resource %+v", r)
			}
		}},
		{"one collection under two names", `"event.poller.configuration":{"mine":{"url":"/hubs/crap/contacts"},"yours":{"url":"/contacts"}}`,
			[]Problem{{poller + ".mine.idField", ""}, {poller + ".mine.datesConfiguration", ""}, {poller + ".yours.idField", ""}, {poller + ".yours.datesConfiguration", ""}},
			func(t *testing.T, made *Made) {
				mine, ok := made.Instance.Resource("mine")
				yours, also := made.Instance.Resource("yours")
				if !ok || !also || mine.Reads != "contacts" || yours.Reads != "contacts" {
					t.Errorf("resources %+v", made.Instance.Resources)
				}
			}},
		{"not among the defaults", `"event.poller.configuration":{"my lists":{"url":"/hubs/x/lists","idField":"listId","datesConfiguration":{"createdDateField":"born","createdDateFormat":"yyyy-MM-dd"}}}`, nil,
			func(t *testing.T, made *Made) {
				if r := only(t, made); r.Name != "my lists" || r.Reads != "lists" || r.WindowField().Field != "born" || r.Fallback != nil || !r.HashContent {
					t.Errorf("resource %+v", r)
				}
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			made := mustMake(t, icontactBody(tt.more), icontact())
			expect(t, "warning", made.Warnings, tt.want...)
			if tt.check != nil {
				tt.check(t, made)
			}
		})
	}
}

func TestNamesAndTags(t *testing.T) {
	t.Parallel()
	tests := []struct {
		members, name string
		tags          []string
	}{
		{`"name":" n "`, "n", []string{"n"}},
		{`"name":"n","tags":[]`, "n", []string{"n"}},
		{`"name":"n","tags":"Docs"`, "n", []string{"Docs"}},
		{`"name":"n","tags":[" a ",3,null,"",{"id":1,"name":"b"}]`, "n", []string{"a", "3", "b"}},
		{`"name":null,"tags":null`, "iContact", []string{"iContact"}},
		{`"name":"<a href='x'>churros-xss</a>","tags":["<b>bold</b>"]`, "churros-xss", []string{"bold"}}, // as the platform answers
		{`"name":"a < b and c > d"`, "a < b and c > d", []string{"a < b and c > d"}},
		{`"name":"<<b>b>x"`, "x", []string{"x"}},
	}
	for _, tt := range tests {
		in := mustMake(t, swap(t, icontactBody(""), `"name":"n"`, tt.members), icontact()).Instance
		if in.Name != tt.name || !slices.Equal(in.Tags, tt.tags) {
			t.Errorf("%s: name %q, tags %q", tt.members, in.Name, in.Tags)
		}
	}
}

func TestUnknownMembersOfTheBody(t *testing.T) {
	t.Parallel()
	made := mustMake(t, swap(t, icontactBody(""), `"name":"n"`, `"Name":"n","tag":1,"externalAuthentication":"none","cachingEnabled":false`), icontact())
	expect(t, "warning", made.Warnings, Problem{"Name", "did you mean name?"}, Problem{"name", "is missing"}, Problem{"tag", "not a known key"}, Problem{poller, ""})
}

func TestAllOptions(t *testing.T) {
	t.Parallel()
	made := mustMake(t, icontactBody(`"event.poller.configuration":`+read(t, "all-options.json")), icontact())
	expect(t, "warning", made.Warnings,
		Problem{inContacts + ".idField", "contactId"}, Problem{inContacts + ".datesConfiguration", "createDate"},
		Problem{inContacts + ".updatedDateTimezone", "is ignored: datesConfiguration has one, too"})
	r := only(t, made)
	r.Fallback = nil
	const format = "yyyy-MM-dd HH:mm:ss"
	want := Resource{
		Name: "contacts", Reads: "contacts", URL: "/hubs/crm/contacts?where=update_time >= '${gmtDate:yyyy-MM-dd HH:mm:ss}'",
		Fields:          Fields{ID: "user.id", Updated: DateField{"update_time", format, "GMT"}, Created: DateField{"add_time", format, "GMT"}},
		FilterByCreated: true, FilterByCurrent: true, HashContent: true,
		Tolerance: 2 * time.Second, PollDelay: 30 * time.Second, Overlap: 2 * time.Minute, PageSize: 10_000,
	}
	if fmt.Sprintf("%+v", r) != fmt.Sprintf("%+v", want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

func TestConsoleBody(t *testing.T) {
	t.Parallel()
	body := swap(t, read(t, "ui-string-form.json"), `"name"`, `"element":{"key":"desk"},"name"`)
	desk := sdk.Manifest{Key: "desk", Name: "Desk", Hub: "helpdesk", Auth: sdk.Auth{Type: sdk.AuthNone}, BaseURLs: []string{"https://desk.example.com"},
		Resources: []sdk.Resource{{Name: "incidents", Path: "/incidents", Poll: &sdk.Poll{IDField: "id"}}}}
	made := mustMake(t, body, desk)
	expect(t, "warning", made.Warnings)
	if r := only(t, made); r.Name != "incidents" || r.Fields.Updated.Field != "lastActivityDate" || made.Instance.View()["filter.response.nulls"] != "true" {
		t.Errorf("instance %+v", made.Instance)
	}
}
