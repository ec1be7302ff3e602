package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// full is a simulator that has what known asks for.
func full(t *testing.T) *sim.Sim {
	t.Helper()
	s := sim.New(sim.Config{})
	s.CreateContact(sim.Contact{Email: "ada@example.com", Lists: []string{"205001"}})
	s.CreateMessage(sim.Message{Subject: "June news"})
	for _, item := range []struct {
		resource string
		fields   sim.Fields
	}{
		{"segments", sim.Fields{"listId": "205001", "name": "Named Ada"}},
		{"criteria", sim.Fields{"segmentId": "8801", "fieldName": "firstName", "values": "Ada"}},
		{"customfields", sim.Fields{"privateName": "region"}},
		{"sends", sim.Fields{"messageId": "550001"}},
		{"opens", sim.Fields{"messageId": "550001", "contactId": "60000101"}},
		{"clicks", sim.Fields{"messageId": "550001", "contactId": "60000101"}},
		{"bounces", sim.Fields{"messageId": "550001", "contactId": "60000101"}},
		{"unsubscribes", sim.Fields{"messageId": "550001", "contactId": "60000101"}},
	} {
		if _, err := s.CreateItem(item.resource, item.fields); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// ask sends a request to the simulator as the host does.
func ask(s *sim.Sim) func(sdk.Fetch) (sdk.Response, error) {
	return func(f sdk.Fetch) (sdk.Response, error) {
		query := url.Values{}
		for _, p := range f.Query {
			query.Add(p.Name, p.Value)
		}
		r := httptest.NewRequest(http.MethodGet, "/icp"+f.Path+"?"+query.Encode(), nil)
		for name, value := range map[string]string{
			"API-Version": "2.2", "API-AppId": "sim-app", "API-Username": "sim-user", "API-Password": "sim-password", "Accept": f.Headers["Accept"],
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		body, err := io.ReadAll(w.Result().Body)
		return sdk.Response{Status: w.Code, Body: body}, err
	}
}

// Whatever the manifest promises is known at the provider: a usual poll brings records and no warning, and so does every order. Conditions may
// find nothing, but are not ignored. Whether subscriptions are searched is not known.
func TestEverythingInTheManifestIsKnownAtTheProvider(t *testing.T) {
	t.Parallel()
	s := full(t)
	scan := func(what string, call sdk.Call) (rows int) {
		t.Helper()
		call.Config[keyAccount], call.Config[keyFolder] = "", ""
		result, err := sdktest.Scan(host, call, ask(s))
		if err != nil || result.Fault != nil || len(result.Pages) != 1 {
			t.Fatalf("%s: %v, %+v, %d pages", what, err, result.Fault, len(result.Pages))
		}
		records, err := result.Pages[0].Records()
		if warnings := result.Pages[0].Warnings; err != nil || len(warnings) > 0 {
			t.Errorf("%s: %v, %q", what, err, warnings)
		}
		if c := newAdapter().find(call.Query.Resource); len(records) > 0 && c.Poll != nil {
			for _, field := range []string{c.Poll.IDField, c.Poll.UpdatedDateField} {
				if _, found := records[0][field]; field != "" && !found {
					t.Errorf("%s: %v has no %s", what, records[0], field)
				}
			}
		}
		return len(records)
	}
	for _, c := range newAdapter().catalog {
		if n := scan(c.Name, known(c.Name)); n == 0 {
			t.Errorf("%s: no records", c.Name)
		}
		for _, field := range c.OrderBy {
			call := known(c.Name)
			call.Query.OrderBy = []sdk.Order{{Field: field, Descending: true}}
			scan(c.Name+" by "+field, call)
		}
		for _, f := range c.Where {
			for _, op := range f.Ops {
				value := map[string]string{createDate: "2026-06-09", wordScope: "unlisted"}[f.Name]
				if value == "" {
					value = "1"
				}
				call := known(c.Name)
				call.Query.Where = []sdk.Condition{{Name: f.Name, Op: op, Value: value}}
				scan(strings.Join([]string{c.Name, f.Name, op}, " "), call)
			}
		}
	}
}
