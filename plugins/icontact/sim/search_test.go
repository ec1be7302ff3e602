package sim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func TestPaging(t *testing.T) {
	w := setup(t, Options{})
	for i := range 601 {
		w.sim.CreateContact(Contact{Email: fmt.Sprintf("c%d@example.com", i), Lists: []string{"205001"}})
	}
	for _, c := range []struct {
		query                      string
		rows, limit, offset, total int
	}{
		{"", 20, 20, 0, 601},
		{"?offset=590", 11, 20, 590, 601},
		{"?limit=500", 500, 500, 0, 601},
		{"?limit=1000", 500, 500, 0, 601}, // clamped, and says so
		{"?limit=500&offset=500", 101, 500, 500, 601},
		{"?offset=601", 0, 20, 601, 601},
		{"?offset=9999", 0, 20, 9999, 601},
	} {
		p := w.page(c.query)
		if len(p.Contacts) != c.rows || p.Limit != c.limit || p.Offset != c.offset || p.Total != c.total {
			t.Errorf("%q: %d rows, limit %d, offset %d, total %d; want %+v", c.query, len(p.Contacts), p.Limit, p.Offset, p.Total, c)
		}
	}
	for _, query := range []string{"?limit=x", "?limit=0", "?offset=-1"} {
		if resp, _ := w.do("GET", folder+"/contacts"+query, ""); resp.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %d, want 400", query, resp.StatusCode)
		}
	}
}

func TestPagesShorterThanTheirLimit(t *testing.T) {
	w := setup(t, Options{ShortPages: 1})
	w.three()
	if p := w.page("?limit=2"); p.Limit != 2 || len(p.Contacts) != 1 || p.Total != 3 {
		t.Errorf("got %+v, want one row under limit 2", p)
	}
}

func TestSearch(t *testing.T) {
	w := setup(t, Options{})
	w.three() // ada and ben 15:46:52 on June 9, cai 00:01:07 on June 10, Eastern
	w.sim.CreateContact(Contact{Email: "dora@example.org", FirstName: "Dora", City: "Durham"})
	gone := w.sim.CreateContact(Contact{Email: "emil@example.org", Lists: []string{"205001"}})
	if _, err := w.sim.DeleteContact(gone.ID); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"":                            "ada ben cai", // only those on a list
		"status=total":                "ada ben cai dora",
		"status=unlisted":             "dora",
		"status=bounced":              "cai",
		"status=normal,bounced":       "ada ben cai",
		"status=deleted":              "emil",
		"status=total&city=durham":    "dora",
		"email=*@example.com":         "ada ben",
		"email=*e*a*.com":             "ben ada",
		"email=ada":                   "",
		"email=":                      "",
		"firstName=A*":                "ada",
		"listId=205001":               "ada ben cai",
		"listId=1":                    "",
		"contactId=60000101,60000103": "ada cai",
		"contactId=60000102&contactIdSearchType=gte":                                               "ben cai",
		"firstName=Ada&firstNameSearchType=gt":                                                     "cai",
		"createDate=2026-06-10&createDateSearchType=gte":                                           "cai",
		"createDate=2026-06-09T15:46:52&createDateSearchType=gt":                                   "cai",
		"createDate=2026-06-09T15:46:52&createDateSearchType=gte":                                  "ada ben cai",
		"createDate=2026-06-09T15:46:52":                                                           "ada ben",
		"createDate=2026-06-09T19:46:52%2B00:00&createDateSearchType=gt":                           "cai",
		"createDate=2026-06-09T15:46:52-04:00&createDateSearchType=lte":                            "ada ben",
		"createDate=2026-06-10T00:01:07&createDateSearchType=lt":                                   "ada ben",
		"createDate=2026-06-09T15:46:52,2026-06-10T00:01:07&createDateSearchType=bet":              "ada ben cai",
		"createDate=2026-06-09T15:46:53,2026-06-10T00:01:07&createDateSearchType=bet&status=total": "cai dora",
	} {
		p := w.page("?" + query)
		got, wanted := strings.Fields(p.names()), strings.Fields(want)
		slices.Sort(got)
		slices.Sort(wanted)
		if !slices.Equal(got, wanted) || p.Total != len(wanted) || p.Warnings != nil {
			t.Errorf("%s: got %q, total %d, warnings %q; want %q", query, got, p.Total, p.Warnings, wanted)
		}
	}
	for _, query := range []string{"createDate=yesterday", "createDate=2026-06-09%2015:46:52", "createDate=2026-06-09&createDateSearchType=since",
		"createDate=2026-06-09&createDateSearchType=bet"} {
		if resp, body := w.do("GET", folder+"/contacts?"+query, ""); resp.StatusCode != 400 || !strings.HasPrefix(body, `{"errors":["The `) {
			t.Errorf("%s: %d %s, want 400 with prose", query, resp.StatusCode, body)
		}
	}
}

func TestUnknownTermsAreIgnoredWithAWarning(t *testing.T) {
	w := setup(t, Options{IgnoreTerms: []string{"street"}})
	w.three()
	for query, terms := range map[string]string{
		"?listID=1":              "(listID)", // names are case-sensitive
		"?STATUS=total&foo=1":    "(STATUS, foo)",
		"?street=x":              "(street)", // switched off
		"?orderby=createdate":    "(createdate)",
		"?lastNameSearchtype=gt": "(lastNameSearchtype)",
		"?region=north":          "(region)", // custom fields cannot be searched
	} {
		p := w.page(query)
		if len(p.Contacts) != 3 || len(p.Warnings) != 1 || !contains(p.Warnings[0], terms) {
			t.Errorf("%s: %d rows, warnings %q; want all 3 and %s", query, len(p.Contacts), p.Warnings, terms)
		}
	}
	messages := w.get(folder + "/messages?createDate=2026-06-09&createDateSearchType=gte")
	if want := "(createDate, createDateSearchType)"; !contains(messages, want) {
		t.Errorf("messages by date: %s, want a warning %s", messages, want)
	}
}

func TestOrder(t *testing.T) {
	w := setup(t, Options{})
	w.three()
	for query, want := range map[string]string{
		"?orderby=createDate:desc":            "cai ada ben",
		"?orderby=createDate:desc,email:desc": "cai ben ada",
		"?orderby=firstName":                  "ben ada cai",
		"?orderby=contactId:desc":             "cai ben ada",
		"":                                    "ada ben cai",
	} {
		if got := w.page(query).names(); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	if err := w.sim.SetOptions(func(o *Options) { o.Order = OrderNewest }); err != nil {
		t.Fatal(err)
	}
	if got := w.page("").names(); got != "cai ben ada" {
		t.Errorf("newest: %s", got)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.Order = OrderShuffled }); err != nil {
		t.Fatal(err)
	}
	orders := map[string]bool{}
	for range 50 {
		orders[w.page("").names()] = true
	}
	if len(orders) < 2 {
		t.Errorf("shuffled: 50 requests showed one order only")
	}
}

func TestSwitchesOfTheShape(t *testing.T) {
	w := setup(t, Options{EmptyStrings: true, NumericIDs: true, JSONContentType: true})
	w.three()
	resp, got := w.do("GET", folder+"/contacts?limit=1", "")
	if contains(got, "null") || !contains(got, `"prefix":""`) || !contains(got, `"contactId":60000101`) {
		t.Errorf("got %s, want \"\" for null and numeric ids", got)
	}
	if ct := resp.Header.Get("Content-Type"); ct != "application/json" {
		t.Errorf("content type %q, want application/json", ct)
	}
}

func TestTotalMayBeStaleAfterADelete(t *testing.T) {
	w := setup(t, Options{StaleTotal: true})
	w.three()
	if _, err := w.sim.DeleteContact("60000102"); err != nil {
		t.Fatal(err)
	}
	if p := w.page("?email=ben*"); len(p.Contacts) != 0 || p.Total != 1 {
		t.Errorf("got %d rows and total %d, want none and the stale 1", len(p.Contacts), p.Total)
	}
	if p := w.page(""); len(p.Contacts) != 2 || p.Total != 3 {
		t.Errorf("got %d rows and total %d, want 2 and the stale 3", len(p.Contacts), p.Total)
	}
}

// In the night of 2026-11-01 the hour from 1 to 2 runs twice: 05:30Z and 06:30Z both show 01:30.
func TestEasternAutumnNight(t *testing.T) {
	w := setup(t, Options{})
	for _, at := range []string{"2026-11-01T05:30:00Z", "2026-11-01T06:10:00Z", "2026-11-01T07:00:00Z"} {
		w.set(at)
		w.sim.CreateContact(Contact{Email: at[11:13] + "@example.com", Lists: []string{"205001"}})
		w.sim.CreateMessage(Message{})
	}
	var dates []string
	for _, c := range w.page("").Contacts {
		dates = append(dates, c.Date)
	}
	if want := []string{"2026-11-01 01:30:00", "2026-11-01 01:10:00", "2026-11-01 02:00:00"}; !slices.Equal(dates, want) {
		t.Errorf("dates %q, want %q", dates, want)
	}
	for _, want := range []string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:10:00-05:00", "2026-11-01T02:00:00-05:00"} {
		if got := w.get(folder + "/messages"); !contains(got, want) {
			t.Errorf("messages %s lack %s", got, want)
		}
	}
	query := "?createDateSearchType=gte&createDate=" + url.QueryEscape("2026-11-01T01:00:00-05:00")
	if got := w.page(query).names(); got != "05 06 07" {
		t.Errorf("by wall time: %s, want both passes of the hour", got)
	}
	if err := w.sim.SetOptions(func(o *Options) { o.CompareInstants = true }); err != nil {
		t.Fatal(err)
	}
	if got := w.page(query).names(); got != "06 07" {
		t.Errorf("by instant: %s, want the second pass only", got)
	}
}

func TestDatesMayBeGiven(t *testing.T) {
	w := setup(t, Options{})
	e := w.sim.CreateContact(Contact{Email: "z@example.com", Created: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC)})
	if e.Version != "2098-12-31 19:00:00" {
		t.Errorf("version %q, want 2099 in UTC as Eastern text", e.Version)
	}
}
