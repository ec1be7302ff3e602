package template

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/engine/javadate"
)

// values are 2024-05-06T07:08:09.987654321Z and, as the present, ten minutes later.
var values = Values{
	Since: time.Unix(1714979289, 987654321),
	Now:   time.Unix(1714979889, 0),
	Vars:  map[string]string{"listId": "l-0001", "calendarId": "a1@group.calendar.google.com", "TimeZone": "America/Denver"},
}

func TestExpand(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"/hubs/general/contacts":                                                  "/hubs/general/contacts",
		"/c?where=m>='${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'":                       "/c?where=m>='2024-05-06T07:08:09Z'",
		"/c?where=m>='${yyyy-MM-dd'T'HH:mm:ss'Z'}'":                               "/c?where=m>='2024-05-06T07:08:09Z'", // misprints that were published
		"/c?where=m>='$yyyy-MM-dd'T'HH:mm:ss'Z'}'":                                "/c?where=m>='2024-05-06T07:08:09Z'",
		"/c?where=m>'${gmtDate:yyyy-MM-dd'T'HH:mm:ssXXX}' and n='1'":              "/c?where=m>'2024-05-06T07:08:09Z' and n='1'",
		"/c?where=m>'${date:yyyy-MM-dd'T'HH:mm:ssZ}'":                             "/c?where=m>'2024-05-06T07:08:09+0000'",
		"/c?where=m='${date:EEE, dd MMM yyyy HH:mm:ss Z}'":                        "/c?where=m='Mon, 06 May 2024 07:08:09 +0000'",
		"/c?where=m='${date:MM/dd/yyy'T'HH:mm:ssXXX}'":                            "/c?where=m='05/06/2024T07:08:09Z'",
		"/c?from=${date}&to=${date}":                                              "/c?from=2024-05-06T07:08:09Z&to=2024-05-06T07:08:09Z",
		"/c?where=m>'${date:yyyy-MM-dd}'":                                         "/c?where=m>'2024-05-06'",
		"/c?where=m>${epoch}":                                                     "/c?where=m>1714979289987",
		"/c?where=m>'${epoch:ms}'":                                                "/c?where=m>'1714979289987'",
		"/c?where=m>'${epoch:s}'":                                                 "/c?where=m>'1714979289'",
		"/c?where=m>'${epoch:us}'":                                                "/c?where=m>'1714979289987654'",
		"/c?where=m>'${milliseconds}'":                                            "/c?where=m>'1714979289987'",
		"/clients/startingFrom=${epoch:0}":                                        "/clients/startingFrom=1714979289987",
		"/c?where=m='${DateTimeZone:PST:yyyy-MM-dd'T'HH:mm:ss.SSS}'":              "/c?where=m='2024-05-06T00:08:09.987'",
		"/c?where=m='${dateTimeZone:PST:yyyy-MM-dd HH:mm:ss -0800}'":              "/c?where=m='2024-05-06 00:08:09 -0800'",
		"/c?f=m gte '${dateTimeZone:CST:yyyy-MM-dd'T'HH:mm:ssXXX}'":               "/c?f=m gte '2024-05-06T02:08:09-05:00'",
		"/c?where=m='${dateTimeZone:EST:HH:mmXXX}'":                               "/c?where=m='02:08-05:00'",
		"/c?where=m='${dateTimeZone:-8:00:yyyy-MM-dd HH:mm}'":                     "/c?where=m='2024-05-05 23:08'",
		"/c?where=m='${dateTimeZone:+06:00:HH:mm:ss z}'":                          "/c?where=m='13:08:09 GMT+06:00'",
		"/c?where=m='${dateTimeZone:GMT-8:HH}'":                                   "/c?where=m='23'",
		"/c?where='Modified Time'>'${dateTimeZone:{TimeZone}:HH:mm:ss}'":          "/c?where='Modified Time'>'01:08:09'",
		"/c?where=a='${dateTimeZone:GMT:HH:mm}' and b='${nowTimeZone:GMT:HH:mm}'": "/c?where=a='07:08' and b='07:18'",
		"/lists/{listId}/contacts?where=modafter='${epoch}'":                      "/lists/l-0001/contacts?where=modafter='1714979289987'",
		"/calendars/{calendarId}/changed-events":                                  "/calendars/a1@group.calendar.google.com/changed-events",
		"/c?$filter=x":                                                            "/c?$filter=x",
	}
	for url, want := range tests {
		tmpl, err := Parse(url)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := tmpl.Expand(values); got != want || err != nil {
			t.Errorf("%s\n got  %s (%v)\n want %s", url, got, err, want)
		}
		if tmpl.String() != url {
			t.Errorf("String gives %q", tmpl)
		}
	}
}

func TestUnitAndDated(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		url   string
		dated bool
		unit  time.Duration
	}{
		{"/hubs/general/contacts", false, 0},
		{"/c?a=${nowTimeZone:GMT:yyyy-MM-dd}", false, 0},
		{"/c?a=${nowTimeZone:GMT:yyyy-MM-dd}&b=${epoch}", true, time.Millisecond},
		{"/c?a=${epoch:us}", true, time.Microsecond},
		{"/c?a=${epoch:s}&b=${epoch}", true, time.Second},
		{"/c?a=${date}", true, time.Second},
		{"/c?a=${gmtDate:yyyy-MM-dd'T'HH:mmz}", true, time.Minute},
		{"/c?a=${date:yyyy-MM-dd}&b=${epoch}", true, day},
		{"/c?a=${dateTimeZone:{TimeZone}:yyyy-MM-dd HH}", true, time.Hour},
	}
	for _, tt := range tests {
		tmpl, err := Parse(tt.url)
		if err != nil {
			t.Error(err)
			continue
		}
		if tmpl.Dated() != tt.dated || tmpl.Unit() != tt.unit {
			t.Errorf("%s: dated %v unit %v, want %v %v", tt.url, tmpl.Dated(), tmpl.Unit(), tt.dated, tt.unit)
		}
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	tmpl, err := Parse("/{b}/{a}/{b}?where=t>'${dateTimeZone:{zone}:HH}'&k={a.b}")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"b", "a", "zone", "a.b"}, tmpl.Variables()); diff != "" {
		t.Error(diff)
	}
}

func TestParseRepairs(t *testing.T) {
	t.Parallel()
	tests := []struct{ url, want, warning string }{
		{"/hubs/general/contacts}'", "/hubs/general/contacts", "column 23: a stray }' at the end was dropped"},
		{"/hubs/general/contacts}", "/hubs/general/contacts", "column 23: a stray } at the end"},
		{" /a?b= ", "/a?b=", "column 2: blanks round the URL"},
		{"/a?where=b>='${date:HH}''", "/a?where=b>='07'", "column 25: a stray quote at the end"},
		{"/a?where=t>'${epoch}'&k={listId}'", "/a?where=t>'1714979289987'&k=l-0001", "column 33: a stray quote"},
		{"/a?where=b>='${date:HH}", "/a?where=b>='07", "column 23: a quote in the URL is not closed"},
		{`/a?b='\''${date:yyyy'\''T'\''HH}'\''`, "/a?b='2024T07'", "was read as '"},
		{"/a?b=${epoch:0}", "/a?b=1714979289987", "does not document ${epoch:0}"},
		{"/a?b=${date:yyyy-MM-dd'T'HH:mm:ssXXX'}", "/a?b=2024-05-06T07:08:09Z", "column 13: a stray quote at the end was dropped"},
		{"/a?b=${dateTimeZone:PST:HH'Z'}", "/a?b=00Z", "column 25: the quoted Z is plain text"},
	}
	for _, tt := range tests {
		tmpl, err := Parse(tt.url)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := tmpl.Expand(values); got != tt.want || err != nil {
			t.Errorf("%s: got %s (%v), want %s", tt.url, got, err, tt.want)
		}
		if w := tmpl.Warnings(); len(w) != 1 || !strings.Contains(w[0], tt.warning) {
			t.Errorf("%s: warnings %q, want one with %q", tt.url, w, tt.warning)
		}
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url     string
		column  int
		message string
	}{
		{"/a?b='$yyyy-MM-dd'T'HH:mm:ss'Z''", 7, "write ${gmtDate:yyyy...}"},
		{"/a?b='${518862600}'", 7, "${epoch:s} gives seconds"},
		{"/a?b='${date:10 digit integer Unix time}'", 18, "in a URL that is ${epoch:s}"},
		{"/a?b='${dateFieldDescriptor:dateFieldFormat}'", 7, "is unknown; known are gmtDate"},
		{"${config.event.notification.url}", 1, "is unknown"},
		{"/hubs/{{page.hd}}/x", 7, "never filled in"},
		{"/ä/${gmtDate:yyyy-bb}", 19, "the letter b is no date field"},
		{"/a/${gmtDate}", 4, "the format has no date field"},
		{"/a/${gmtDate:}", 14, "the format has no date field"},
		{"/a/${gmtDate:'x'}", 14, "the format has no date field"},
		{"/a/${dateTimeZone:PST}", 4, "needs a zone and a format"},
		{"/a/${dateTimeZone:Mars:HH}", 19, "time zone \"Mars\" is not known"},
		{"/a/${dateTimeZone:EDT:HH}", 19, "America/New_York"},
		{"/a/${epoch:h}", 12, "the unit may be ms, s or us"},
		{"/a/${milliseconds:s}", 4, "is unknown"},
		{"/a/${epoch", 4, "not closed"},
		{"/a/{}", 4, "{ opens no variable"},
		{"/a/{x", 4, "{ opens no variable"},
		{"/a}/b", 3, "} closes nothing"},
	}
	for _, tt := range tests {
		tmpl, err := Parse(tt.url)
		var fault *Fault
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, %v", tt.url, tmpl, err)
			continue
		}
		if !strings.Contains(err.Error(), tt.message) || fault.Column != tt.column {
			t.Errorf("%s: %v; want column %d, %q", tt.url, err, tt.column, tt.message)
		}
	}
}

func TestExpandRefuses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		url, message string
		values       Values
	}{
		{"/lists/{listId}/contacts", "{listId} has no value; replace it", Values{}},
		{"/lists/{listId}/contacts", "{listId} has no value", Values{Vars: map[string]string{"listId": ""}}},
		{"/lists/{listId}", `contains '/'`, Values{Vars: map[string]string{"listId": "a/b"}}},
		{"/lists/{listId}", `contains '?'`, Values{Vars: map[string]string{"listId": "a?b"}}},
		{"/lists/{listId}", `".."`, Values{Vars: map[string]string{"listId": ".."}}},
		{"/lists/{listId}", `contains '\n'`, Values{Vars: map[string]string{"listId": "a\nb"}}},
		{"/a?b=${epoch}", "Since is not set", Values{Now: values.Now}},
		{"/a?b=${nowTimeZone:GMT:HH}", "Now is not set", Values{Since: values.Since}},
		{"/a?b=${dateTimeZone:{z}:HH}", "{z} has no value", values},
		{"/a?b=${dateTimeZone:{z}:HH}", "{z}: time zone", Values{Since: values.Since, Vars: map[string]string{"z": "Mars"}}},
	}
	for _, tt := range tests {
		tmpl, err := Parse(tt.url)
		if err != nil {
			t.Error(err)
			continue
		}
		if got, err := tmpl.Expand(tt.values); err == nil || !strings.Contains(err.Error(), tt.message) || got != "" {
			t.Errorf("%s: got %q, error %v; want %q", tt.url, got, err, tt.message)
		}
	}
}

// Every published URL is understood, except these, which are junk; and the where clause that comes out
// is one that package ceql reads.
func TestPublishedURLs(t *testing.T) {
	t.Parallel()
	junk := []string{
		"${config.event.notification.url}",
		"/hubs/marketing/contacts?where=lastUpdatedAt>='${518862600}'",
		"/hubs/marketing/contacts?where=lastUpdatedAt>='${date:10 digit integer Unix time}'",
		"/hubs/{{page.hdOrcrm}}/{{page.pollObject}}?where=lastActivityDate>='${date:yyyy-MM-dd'T'HH:mm:ssZ}'",
		"/hubs/{{page.hdOrcrm}}/{{page.pollObject}}?where=lastActivityDate>='${date:yyyy-MM-dd'T'HH:mm:ssZ}''",
	}
	urls := published(t)
	if len(urls) != 260 {
		t.Fatalf("read %d URLs, want 260", len(urls))
	}
	var refused []string
	for _, url := range urls {
		tmpl, err := Parse(url)
		if err != nil {
			refused = append(refused, url)
			continue
		}
		filled := values
		filled.Vars = maps.Clone(values.Vars)
		for _, name := range tmpl.Variables() {
			if filled.Vars[name] == "" {
				filled.Vars[name] = "v-1"
			}
		}
		got, err := tmpl.Expand(filled)
		if err != nil || strings.ContainsAny(got, "{}") {
			t.Errorf("%s became %s, error %v", url, got, err)
		}
		if strings.Contains(url, "${") != tmpl.Dated() {
			t.Errorf("%s: Dated is %v", url, tmpl.Dated())
		}
		if _, query, ok := strings.Cut(got, "where="); ok {
			where, _, _ := strings.Cut(query, "&")
			if _, err := ceql.Parse(where); err != nil {
				t.Errorf("%s: %v", got, err)
			}
		}
	}
	if diff := cmp.Diff(junk, refused); diff != "" {
		t.Error(diff)
	}
}

// A filled time is never later than Since, and earlier by less than the unit that the template tells.
func TestExpandNeverRoundsUp(t *testing.T) {
	t.Parallel()
	formats := []string{
		"yyyy-MM-dd'T'HH:mm:ssXXX", "yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "yyyy-MM-dd HH:mm", "yyyy-MM-dd", "EEE, dd MMM yyyy HH:mm:ss Z", "yyyy-MM-dd hh a",
	}
	rapid.Check(t, func(t *rapid.T) {
		format := rapid.SampledFrom(formats).Draw(t, "format")
		since := time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		tmpl, err := Parse("${gmtDate:" + format + "}")
		if err != nil {
			t.Fatal(err)
		}
		text, err := tmpl.Expand(Values{Since: since})
		if err != nil {
			t.Fatal(err)
		}
		reader, err := javadate.Compile(format, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := reader.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if early := since.Sub(got.Time); early < 0 || early >= tmpl.Unit() {
			t.Fatalf("%s became %s, %v early; the unit is %v", since, text, early, tmpl.Unit())
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, url := range []string{"/a/{b}?where=c>'${gmtDate:yyyy-MM-dd'T'HH:mm:ss'Z'}'", "/a}'", "${dateTimeZone:{z}:HH}", "${epoch:0}", "$yy", "{{", `'\''`} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		tmpl, err := Parse(url)
		if err != nil {
			var fault *Fault
			if !errors.As(err, &fault) || fault.Column < 1 {
				t.Fatalf("%q: %v", url, err)
			}
			return
		}
		vars := map[string]string{}
		for _, name := range tmpl.Variables() {
			vars[name] = "UTC"
		}
		got, err := tmpl.Expand(Values{Since: values.Since, Now: values.Now, Vars: vars})
		if err != nil {
			t.Fatalf("%q: %v", url, err)
		}
		if !tmpl.Dated() && len(vars) == 0 && !strings.Contains(url, "${") && len(got) > len(url) {
			t.Fatalf("%q grew to %q", url, got)
		}
	})
}

func published(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/dates/poller-url-templates.json")
	if err != nil {
		t.Fatal(err)
	}
	var corpus struct{ URLs map[string]string }
	if err := json.Unmarshal(text, &corpus); err != nil {
		t.Fatal(err)
	}
	return slices.Sorted(maps.Keys(corpus.URLs))
}
