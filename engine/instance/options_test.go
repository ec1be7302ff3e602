package instance

import (
	"strings"
	"testing"
	"time"
)

func TestBoundaryOptions(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, config, resource string // JSON members
		check                  func(Resource) bool
		warns                  string
	}{
		{"defaults", ``, ``, func(r Resource) bool { return r.Overlap == 2*time.Minute && r.Start == "" && !r.Documented }, ""},
		{"of the instance", `"event.poller.overlap":"30","event.poller.start":"beginning","event.poller.classify":"documented"`, ``,
			func(r Resource) bool { return r.Overlap == 30*time.Second && r.Start == StartBeginning && r.Documented }, ""},
		{"the resource's own win", `"event.poller.overlap":30,"event.poller.start":"beginning"`, `"overlap":5,"start":"now"`,
			func(r Resource) bool { return r.Overlap == 5*time.Second && r.Start == "" }, ""},
		{"long names in a resource", ``, `"event.poller.overlap":7,"event.poller.start":"2026-11-01"`,
			func(r Resource) bool { return r.Overlap == 7*time.Second && r.Start == "2026-11-01T00:00:00Z" }, ""},
		{"a date with a zone", ``, `"start":"2026-11-01T08:00:00-04:00"`, func(r Resource) bool { return r.Start == "2026-11-01T12:00:00Z" }, ""},
		{"no overlap", ``, `"overlap":0`, func(r Resource) bool {
			plan, err := r.Compile()
			return err == nil && plan.Rule.Window() == time.Second
		}, "raised to one unit"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			made, err := newInstance(t, c.config, c.resource)
			if err != nil {
				t.Fatal(err)
			}
			if r := made.Instance.Resources[0]; !c.check(r) {
				t.Errorf("resource %+v", r)
			}
			if got := texts(made.Warnings); c.warns != "" && !strings.Contains(got, c.warns) {
				t.Errorf("warnings %s lack %q", got, c.warns)
			}
		})
	}
	for _, bad := range []struct{ config, resource, path string }{
		{`"event.poller.overlap":"much"`, ``, "event.poller.overlap"}, {``, `"overlap":-1`, "overlap"}, {``, `"start":"yesterday"`, "start"},
		{``, `"classify":"theirs"`, "classify"},
	} {
		_, err := newInstance(t, bad.config, bad.resource)
		if err == nil || !strings.Contains(err.Error(), bad.path) {
			t.Errorf("%s %s: error %v, want one at %s", bad.config, bad.resource, err, bad.path)
		}
	}
}

// newInstance makes an instance that polls iContact's contacts, with further members in the configuration and in the resource.
func newInstance(t *testing.T, config, resource string) (*Made, error) {
	t.Helper()
	comma := func(members string) string {
		if members == "" {
			return ""
		}
		return members + ","
	}
	body := `{"element":{"key":"icontact"},"name":"n","configuration":{` + comma(config) + `
		"AppID":"a","api.username":"u","api.password":"p","event.notification.enabled":true,"event.notification.callback.url":"https://example.com/",
		"event.poller.configuration":{"contacts":{` + comma(resource) + `"url":"/hubs/general/contacts","idField":"contactId"}}}}`
	d, err := Parse([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return New(d, icontact(), time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC))
}

func texts(problems []Problem) string {
	var all []string
	for _, p := range problems {
		all = append(all, p.Path+": "+p.Message)
	}
	return strings.Join(all, "; ")
}
