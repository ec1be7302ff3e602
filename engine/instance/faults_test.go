package instance

import (
	"fmt"
	"strings"
	"testing"
)

// inContacts is the path of a resource named contacts.
const inContacts = poller + ".contacts"

func TestFaults(t *testing.T) {
	t.Parallel()
	key := func(name string) string { return "configuration['" + name + "']" }
	tests := []struct {
		name, body string
		acton      bool
		want       []Problem
	}{
		{"null", `null`, false, []Problem{{"element", "is missing"}}},
		{"a list", `[]`, false, []Problem{{"$", "should be an object in braces, is a list"}, {"element", "is missing"}}},
		{"no element", `{}`, false, []Problem{{"element", "is missing"}}},
		{"element as text", `{"element":"icontact"}`, false, []Problem{{"element", "should be an object in braces, is a text"}}},
		{"element without key", `{"element":{"key":null,"id":" "}}`, false, []Problem{{"element.key", "is missing"}}},
		{"all at once", `{"element":{"key":"icontact"},"name":{},"tags":[[],3],"providerData":7,"configuration":{"AppID":[],"api.username":null,
			"limit":"x","sandbox":"maybe","base.url":"ftp://x","event.notification.enabled":"yes","event.poller.refresh_interval":"soon",
			"event.notification.callback.url":"example.com","event.vendor.type":"webhooks","event.poller.configuration":{
			"contacts":{"url":"/contacts","idField":"a..b","datesConfiguration":{"updatedDateField":"x","updatedDateFormat":"bogus","updatedDateTimezone":"Mars"},
			"filterByUpdatedDate":"maybe","pageSize":0,"pollDelay":-1,"createdCheckTolerance":"NaN"},
			"other":{"url":"/nothing","idField":"['x'","datesConfiguration":{"createdDateField":"y.","createdDateFormat":"'"}}}}}`, false, []Problem{
			{"name", "is an object"}, {"tags[0]", "is a list"}, {"providerData", "is a number"}, {"configuration.AppID", "is a list"},
			{key("api.username"), "is required"}, {key("api.password"), "is required"}, {"configuration.limit", "a whole number"},
			{"configuration.sandbox", "true or false"}, {key("base.url"), "https:// or http://"}, {key(KeyEventsEnabled), `true or false, is "yes"`},
			{key(KeyInterval), `a number of minutes, like 15, is "soon"`}, {key(KeyCallbackURL), "https:// or http://"},
			{key(KeyVendorType), `should be "polling", is "webhooks": iContact is polled`},
			{inContacts + ".idField", "empty name"}, {inContacts + ".datesConfiguration.updatedDateFormat", "date format"},
			{inContacts + ".datesConfiguration.updatedDateTimezone", "Mars"},
			{inContacts + ".filterByUpdatedDate", "true or false"}, {inContacts + ".pageSize", "from 1 to 100000"},
			{inContacts + ".pollDelay", "seconds from 0"}, {inContacts + ".createdCheckTolerance", "seconds from 0"},
			{poller + ".other.url", `"/nothing" is not a resource of iContact; it can read /hubs/marketing/contacts, /hubs/marketing/messages`},
			{poller + ".other.idField", "no closing"}, {poller + ".other.datesConfiguration.createdDateField", "after the last dot"},
			{poller + ".other.datesConfiguration.createdDateFormat", "date format"},
		}},
		{"duplicate keys", `{"element":{"key":"icontact"},"name":"a","name":"b","tags":[{"name":"x","name":"y"}],"configuration":{"AppID":"a","AppID":"b",
			"api.username":"u","api.password":"p","event.poller.configuration":{"contacts":{"url":"/contacts"},"contacts":{"url":"/contacts"}}}}`, false,
			[]Problem{{"name", "more than once"}, {"tags[0].name", "more than once"}, {"configuration.AppID", "more than once"}, {inContacts, "more than once"}}},
		{"no code", swap(t, actonBody(`"listId":"l"`), `"code":"c"`, `"code":" "`), true, []Problem{{"providerData.code", "is required"}}},
		{"webhook", icontactBody(`"event.vendor.type":"webhook"`), false, []Problem{{key(KeyVendorType), "polling"}}},
		{"webhook under the misprint", icontactBody(`"vendor.event.type":"webhook"`), false, []Problem{{key(KeyVendorTypeTypo), "polling"}}},
		{"secret in a URL", icontactBody(contacts(`"url":"/contacts?x={api.password}&y={event.notification.signature.key}&z={oauth.api.secret}&w={myToken}"`)), false,
			[]Problem{{inContacts + ".url", "{api.password} may be a secret"}, {inContacts + ".url", "{event.notification.signature.key} may be a secret"},
				{inContacts + ".url", "{oauth.api.secret} may be a secret"}, {inContacts + ".url", "{myToken} may be a secret"}}},
		{"masked key in a URL", actonBody(`"event.poller.configuration":{"a":{"url":"/lists/{oauth.api.key}/contacts"}}`), true, []Problem{{poller + ".a.url", "may be a secret"}}},
		{"two variables", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts?a={x}&b={y}"}}`), false,
			[]Problem{{poller + ".a.url", "{x} has no value"}, {poller + ".a.url", "{y} has no value"}}},
		{"bad variable", actonBody(`"listId":"a/b","event.poller.configuration":{"a":{"url":"/lists/{listId}/contacts"}}`), true, []Problem{{poller + ".a.url", "{listId} contains"}}},
		{"climbing variable", actonBody(`"event.poller.configuration":{"a":{"url":"/lists/%2E%2E/contacts"}}`), true, []Problem{{poller + ".a.url", `".." for {listId}`}}},
		{"bad zone variable", icontactBody(`"z":"Mars","event.poller.configuration":{"a":{"url":"/contacts?a=${dateTimeZone:{z}:yyyy}"}}`), false, []Problem{{poller + ".a.url", "Mars"}}},
		{"no URL", icontactBody(`"event.poller.configuration":{"a":{"url":" "}}`), false, []Problem{{poller + ".a.url", "is required: the hub URL to read, like /hubs/general/contacts"}}},
		{"URL is no text", icontactBody(`"event.poller.configuration":{"a":{"url":{}}}`), false, []Problem{{poller + ".a.url", "is an object"}}},
		{"bad placeholder", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts?where=x>'${518862600}'"}}`), false, []Problem{{poller + ".a.url", "518862600"}}},
		{"page size in the URL", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts?pageSize=99999999999999999999"}}`), false, []Problem{{poller + ".a.url", "pageSize in the URL"}}},
		{"cannot be polled", icontactBody(`"event.poller.configuration":{"a":{"url":"/account","datesConfiguration":{"updatedDateField":"d","updatedDateFormat":"yyyy"}}}`), false,
			[]Problem{{poller + ".a.url", "can be read but not polled"}}},
		{"no dates", icontactBody(`"event.poller.configuration":{"a":{"url":"/lists","detect":"dates"}}`), false,
			[]Problem{{poller + ".a.detect", "no date field is named, and lists has none by default"}}},
		{"an encoded placeholder", actonBody(`"event.poller.configuration":{"a":{"url":"/hubs/marketing/lists/%7BlistId%7D/contacts"}}`), true,
			[]Problem{{poller + ".a.url", "has a placeholder where {listId} should be replaced"}}},
		{"a field of the envelope", icontactBody(`"event.poller.configuration":{"objectType":{"url":"/contacts"}}`), false,
			[]Problem{{poller + ".objectType", "should have another name"}}},
		{"unknown detection", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","detect":"magic"}}`), false,
			[]Problem{{poller + ".a.detect", `should be "auto", "dates" or "hash"`}}},
		{"deletes by dates", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","detectDeletes":true}}`), false,
			[]Problem{{poller + ".a.detectDeletes", "dates cannot tell that a record is gone"}}},
		{"guard above all", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","detect":"hash","deleteGuard":{"percent":101,"ids":-1}}}`), false,
			[]Problem{{poller + ".a.deleteGuard.ids", "from 0 to"}, {poller + ".a.deleteGuard.percent", "from 0 to 100"}}},
		{"a date to begin contents at", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","detect":"hash","start":"2026-01-01"}}`), false,
			[]Problem{{poller + ".a.start", "contents have no date"}}},
		{"dates are no object", icontactBody(`"event.poller.configuration":{"a":{"url":"/lists","datesConfiguration":"yyyy"}}`), false,
			[]Problem{{poller + ".a.datesConfiguration", "should be an object in braces, is a text"}}},
		{"no format", icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","datesConfiguration":{"updatedDateField":"modified"}}}`), false,
			[]Problem{{poller + ".a.datesConfiguration.updatedDateFormat", "is required beside updatedDateField"}}},
		{"format without a date", icontactBody(dated(`"updatedDateField":"x","updatedDateFormat":"518862600"`)), false,
			[]Problem{{inContacts + ".datesConfiguration.updatedDateFormat", "has no date field"}}},
		{"entry is no object", icontactBody(`"event.poller.configuration":{"a":"/contacts","b":null}`), false,
			[]Problem{{poller + ".a", "is a text"}, {poller + ".b.url", "is required"}}},
		{"names", icontactBody(`"event.poller.configuration":{"":{"url":"/contacts"},"a\nb":{"url":"/contacts"},"` + strings.Repeat("n", 129) + `":{"url":"/contacts"}}`), false,
			[]Problem{{poller + "['']", "name of 1 to 128"}, {poller + "['a\nb']", "control"}, {poller + "['" + strings.Repeat("n", 100) + "...']", "name of"}}},
		{"control in a name", swap(t, icontactBody(""), `"name":"n"`, `"name":"a\u0000b"`), false, []Problem{{"name", "control characters"}}},
		{"long name", swap(t, icontactBody(""), `"name":"n"`, `"name":"`+strings.Repeat("n", 501)+`"`), false, []Problem{{"name", "at most 500"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			element := icontact()
			if tt.acton {
				element = acton()
			}
			expect(t, "fault", invalid(t, tt.body, element).Problems, tt.want...)
		})
	}
}

func TestIntervals(t *testing.T) {
	t.Parallel()
	good := map[string]float64{ // seconds
		`15`: 900, `"15"`: 900, `" 5 "`: 300, `0.5`: 30, `"0.0167"`: 1.002, `0.0166`: 1, `1e1`: 600, `null`: 900, `""`: 900, `527040`: 527040 * 60,
	}
	for given, want := range good {
		made := mustMake(t, icontactBody(`"event.poller.refresh_interval":`+given), icontact())
		if got := made.Instance.Events.Interval.Seconds(); got != want {
			t.Errorf("%s: %v s, want %v", given, got, want)
		}
	}
	for _, given := range []string{`"NaN"`, `"Inf"`, `"-Inf"`, `1e400`, `"1e400"`, `0`, `-5`, `0.01`, `"15 min"`, `true`, `527041`, `1e18`, `[]`} {
		wrong := invalid(t, icontactBody(`"event.poller.refresh_interval":`+given), icontact())
		expect(t, given+": fault", wrong.Problems, Problem{"configuration['event.poller.refresh_interval']", "should be"})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://user:canary@example.com": "user name or password", "http:foo": "no host name", "http://": "no host name", "://x": "not a URL",
		"https://h:0": "port", "https://h:99999": "port", "mailto:a@example.com": "https://", "https://a b/": "not a URL",
	} {
		for _, key := range []string{KeyCallbackURL, KeyBaseURL} {
			body := swap(t, icontactBody(""), `"event.notification.callback.url":"https://example.com/cb"`, fmt.Sprintf("%q:%q", key, given))
			wrong := invalid(t, body, icontact())
			expect(t, given+": fault", wrong.Problems, Problem{"configuration['" + key + "']", want})
			if strings.Contains(wrong.Error(), "canary") {
				t.Errorf("%s shows the URL", wrong)
			}
		}
	}
	for _, given := range []string{"https://example.com/?a=b", "https://example.com/#c", "https://example.com/?"} {
		wrong := invalid(t, icontactBody(fmt.Sprintf(`"base.url":%q`, given)), icontact())
		expect(t, given+": fault", wrong.Problems, Problem{"configuration['base.url']", "no query and no fragment, like https://app.icontact.com/icp"})
	}
	made := mustMake(t, icontactBody(`"base.url":"http://127.0.0.1:8080/icp/"`), icontact())
	if made.Instance.BaseURL != "http://127.0.0.1:8080/icp" {
		t.Errorf("base URL %s", made.Instance.BaseURL)
	}
}

func TestHostileBodiesAreAnsweredShortly(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for n := range 20_000 {
		fmt.Fprintf(&many, `,"unknown%d":1`, n)
	}
	for name, more := range map[string]string{
		"many keys":      strings.TrimPrefix(many.String(), ",") + `,"limit":"x"`,
		"a long key":     `"` + strings.Repeat("k", 500_000) + `":1,"limit":"x"`,
		"a long value":   `"event.poller.refresh_interval":"` + strings.Repeat("9", 500_000) + `x"`,
		"a long URL":     contacts(`"url":"/` + strings.Repeat("é", 200_000) + `"`),
		"many fields":    `"event.poller.configuration":{"a":{"url":"/nothing"` + many.String() + `}}`,
		"many resources": `"event.poller.configuration":{"a":{}` + strings.ReplaceAll(many.String(), ":1", ":{}") + `}`,
		"nested":         `"limit":"x","deep":` + strings.Repeat(`{"a":[`, 4000) + strings.Repeat(`]}`, 4000),
		"nested twice":   `"deep":` + strings.Repeat(`{"a":`, 9000) + `1` + strings.Repeat(`}`, 9000) + `,"limit":"x"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := invalid(t, icontactBody(more), icontact())
			if len(wrong.Problems) > maxProblems+1 || len(wrong.Warnings) > maxProblems+1 || len(wrong.Error()) > 60_000 {
				t.Errorf("%d problems, %d warnings, %d bytes", len(wrong.Problems), len(wrong.Warnings), len(wrong.Error()))
			}
			for _, p := range append(wrong.Problems, wrong.Warnings...) {
				if len(p.Path) > 600 || len(p.Message) > 600 {
					t.Errorf("%d bytes at a path of %d", len(p.Message), len(p.Path))
				}
			}
		})
	}
}

func TestUnknownElement(t *testing.T) {
	t.Parallel()
	d, err := Parse([]byte(`{"element":{"id":4711}}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // a draft is not used up
		wrong := d.Unknown([]string{"acton", "icontact"})
		if want := `element.key: "4711" is not a known element; known are acton, icontact`; wrong.Error() != want {
			t.Errorf("error %v, want %s", wrong, want)
		}
	}
}

func TestADraftIsNotUsedUp(t *testing.T) {
	t.Parallel()
	d, err := Parse([]byte(`{"element":{"key":"icontact"}}`))
	if err != nil {
		t.Fatal(err)
	}
	_, one := New(d, icontact(), noon)
	_, two := New(d, icontact(), noon)
	if one == nil || two == nil || one.Error() != two.Error() {
		t.Errorf("first %v, then %v", one, two)
	}
}
