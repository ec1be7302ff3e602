package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

var host = sdktest.Native(newAdapter())

func TestCases(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, host, "testdata/cases", "testdata/bodies")
}

// known is a call whose place needs no discovery.
func known(resource string) sdk.Call {
	return sdk.Call{
		Query: sdk.Query{Resource: resource, Vars: map[string]string{
			"contactId": "60000101", "messageId": "550001", "listId": "205001", "segmentId": "8801", "campaignId": "7001", "sendId": "330001",
			"subscriptionId": "205001_60000101", "customFieldId": "region",
		}},
		Config: map[string]string{keyVersion: "2.2", keyStatus: "total", keyAccount: "1", keyFolder: "2"},
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	calls := []sdk.Call{{Query: sdk.Query{Resource: contacts}}} // discovers its place
	for _, c := range newAdapter().catalog {
		calls = append(calls, known(c.Name))
	}
	sdktest.Contract(t, host, calls...)
}

func answer(t *testing.T, call sdk.Call, status int, body string) sdk.Reply {
	t.Helper()
	reply, err := host.Step(call)
	if err != nil || reply.Fetch == nil {
		t.Fatalf("first step: %+v, %v, want a request", reply, err)
	}
	call.State, call.Response = reply.Fetch.State, &sdk.Response{Status: status, Body: []byte(body)}
	reply, err = host.Step(call)
	if err != nil {
		t.Fatal(err)
	}
	return reply
}

// The texts are the provider's (samples and documented statuses); what they mean to the host is the point.
func TestFaults(t *testing.T) {
	t.Parallel()
	sample := func(name string) string {
		text, err := os.ReadFile("testdata/bodies/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	for _, c := range []struct {
		status int
		body   string
		kind   string
		says   string
	}{
		{400, sample("error_400_invalid_status"), sdk.FaultInvalid, "The status value you provided was not valid."},
		{401, sample("error_401_username"), sdk.FaultAuth, "Api username invalid"},
		{401, sample("error_401_appid"), sdk.FaultAuth, "The application was not recognized. Possible reasons"},
		{400, sample("error_401_password"), sdk.FaultAuth, "The password you provided was not recognized."},
		{200, sample("error_401_password"), sdk.FaultAuth, "The password you provided was not recognized."},
		{402, "", sdk.FaultAuth, "wants its bill"},
		{403, `{"errors":["Forbidden"]}`, sdk.FaultAuth, "set client.folder.id"},
		{403, `{"errors":["Too many requests"]}`, sdk.FaultRateLimited, "Too many requests"},
		{404, "", sdk.FaultNotFound, "client folder 2"},
		{401, "<html><title>Proxy</title></html>", sdk.FaultTransient, "a web page, and no answer of iContact's API"},
		{403, "  <!DOCTYPE html><html>", sdk.FaultTransient, "a web page"},
		{502, "<html>Bad Gateway</html>", sdk.FaultTransient, "a web page"},
		{404, "<html>Not Found</html>", sdk.FaultNotFound, "a web page"}, // of another server than iContact's, by its base.url
		{403, `<?xml version="1.0"?><response><errors><error>Forbidden</error></errors></response>`, sdk.FaultAuth, "HTTP 403: Forbidden (read from"},
		{400, "<response><errors><error>One &lt;b&gt;</error><error>two</error></errors></response>", sdk.FaultInvalid, "HTTP 400: One <b> two"},
		{401, `<response><status>no</status></response>`, sdk.FaultAuth, "HTTP 401: <response>"},
		{503, "<html>Maintenance</html>", sdk.FaultTransient, "a web page"},
		{405, "", sdk.FaultInvalid, "405"},
		{406, "", sdk.FaultInvalid, "406"},
		{415, "", sdk.FaultInvalid, "415"},
		{429, "", sdk.FaultRateLimited, "429"},
		{500, "", sdk.FaultTransient, "500"},
		{501, `{"errors":["Not implemented"]}`, sdk.FaultInvalid, `is api.version "2.2" one of 2.0, 2.1 and 2.2, or 2.3 with iContact Pro?`},
		{503, "", sdk.FaultTransient, "503"},
		{503, `{"errors":["Request limit exceeded"]}`, sdk.FaultRateLimited, "Request limit exceeded"},
		{507, "", sdk.FaultTransient, "507"},
		{200, `{"errors":["Something"],"contacts":[]}`, sdk.FaultInvalid, "Something"},
		{200, `{"errors":{"a":1}}`, sdk.FaultInvalid, `{"a":1}`},
		{200, `{"contacts":null}`, sdk.FaultInvalid, `has no contacts`},
		{200, `{"contacts":{}}`, sdk.FaultInvalid, `has no contacts`},
		{200, `{"messages":[]}`, sdk.FaultInvalid, `it has ["messages"]`},
		{200, "<html>Down for maintenance", sdk.FaultTransient, "<html>Down for maintenance"},
		{200, `{"contacts":[{"contactId":"1"`, sdk.FaultTransient, "JSON ends at byte"},
		{200, `{"contacts":[],"offset":20}`, sdk.FaultInvalid, "asked for rows from 0 and answered with rows from 20"},
	} {
		reply := answer(t, known(contacts), c.status, c.body)
		if reply.Fault == nil || reply.Fault.Kind != c.kind || !strings.Contains(reply.Fault.Message, c.says) {
			t.Errorf("%d %s: got %+v, want %s with %q", c.status, c.body, reply.Fault, c.kind, c.says)
		}
	}
	if reply := answer(t, known(contacts), 200, `{"contacts":[],"errors":[]}`); reply.Page == nil {
		t.Errorf("an empty list of errors: got %+v, want a page", reply)
	}
}

// A time to wait is handed on, whatever the status is.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]string{429: sdk.FaultRateLimited, 503: sdk.FaultRateLimited, 507: sdk.FaultTransient} {
		call := known("lists")
		reply, err := host.Step(call)
		if err != nil || reply.Fetch == nil {
			t.Fatalf("%+v, %v", reply, err)
		}
		call.State = reply.Fetch.State
		call.Response = &sdk.Response{Status: status, Headers: map[string]string{"retry-after": "90"}, Body: []byte(`{"errors":["Later"]}`)}
		if reply, err = host.Step(call); err != nil || reply.Fault == nil || reply.Fault.Kind != kind || reply.Fault.RetryAfter != 90 {
			t.Errorf("%d: got %+v, %v, want %s after 90 s", status, reply.Fault, err, kind)
		}
	}
}

func TestSingleAnswers(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"contact":{"contactId":"1"},"warnings":["odd"]}`: `{"records":{"inline":[{"contactId":"1"}]},"warnings":["odd"]}`,
		`{"contacts":[{"contactId":"1"}]}`:                 `{"records":{"select":{"at":"/contacts"}}}`,
		`{"contact":null,"warnings":["no such contact"]}`:  `iContact answered without contact: no such contact`,
		`{"contacts":[]}`: `iContact's answer has no contact`,
		`{"contact":[]}`:  `iContact's answer has no contact`,
	} {
		reply := answer(t, known("contact"), 200, body)
		got, err := json.Marshal(reply.Page)
		if reply.Fault != nil {
			got = []byte(reply.Fault.Message)
		}
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

func TestDiscoveryFaults(t *testing.T) {
	t.Parallel()
	accounts := sdk.Call{Query: sdk.Query{Resource: contacts}}
	folders := sdk.Call{Query: sdk.Query{Resource: contacts}, Config: map[string]string{keyAccount: "1"}}
	for _, c := range []struct {
		call sdk.Call
		body string
		kind string
		says string
	}{
		{accounts, `{"accounts":[],"total":0}`, sdk.FaultNotFound, "see no iContact account"},
		{accounts, `{"accounts":[{"accountId":"../x","enabled":1}]}`, sdk.FaultInvalid, `"../x"`},
		{accounts, `{"accounts":[{"accountId":{},"enabled":1}]}`, sdk.FaultInvalid, "want a string or a number"},
		{accounts, `{"account":[]}`, sdk.FaultInvalid, "no accounts"},
		{folders, `{"clientfolders":[],"total":0}`, sdk.FaultNotFound, "account 1 has no client folder"},
		{folders, `{"clientfolders":[{"name":"x"}]}`, sdk.FaultInvalid, `the id ""`},
		{folders, `{"clientFolders":[]}`, sdk.FaultInvalid, "no clientfolders"},
	} {
		reply := answer(t, c.call, 200, c.body)
		if reply.Fault == nil || reply.Fault.Kind != c.kind || !strings.Contains(reply.Fault.Message, c.says) {
			t.Errorf("%s: got %+v, want %s with %q", c.body, reply.Fault, c.kind, c.says)
		}
	}
}

func TestBadCalls(t *testing.T) {
	t.Parallel()
	for says, change := range map[string]func(*sdk.Call){
		`no resource "uploads" here, want one of contacts, lists`: func(c *sdk.Call) { c.Query.Resource = "uploads" },
		`page "abc"`: func(c *sdk.Call) { c.Query.Page = "abc" },
		"one condition per field": func(c *sdk.Call) {
			c.Query.Where = []sdk.Condition{{Name: "a", Op: ">", Value: "1"}, {Name: "a", Op: "<", Value: "2"}}
		},
		"ask for city IS NULL":                                 func(c *sdk.Call) { c.Query.Where = []sdk.Condition{{Name: "city", Op: "="}} },
		"want scope = one of total, unlisted, listed, deleted": func(c *sdk.Call) { c.Query.Where = []sdk.Condition{{Name: "scope", Op: "=", Value: "some"}} },
		`createDate is compared with "soon", which is no date`: func(c *sdk.Call) { c.Query.Where = []sdk.Condition{{Name: createDate, Op: ">", Value: "soon"}} },
		"cannot search with createDate LIKE": func(c *sdk.Call) {
			c.Query.Where = []sdk.Condition{{Name: createDate, Op: "LIKE", Value: "2026-06-09"}}
		},
		`messageId is "../1" in the path: want a number`: func(c *sdk.Call) { c.Query.Resource, c.Query.Vars["messageId"] = "opens", "../1" },
		"want the ids of the list and the contact":       func(c *sdk.Call) { c.Query.Resource, c.Query.Vars["subscriptionId"] = "subscription", "205001" },
		"is one record, and takes no where clause": func(c *sdk.Call) {
			c.Query.Resource, c.Query.Where = "statistics", []sdk.Condition{{Name: "delivered", Op: ">", Value: "1"}}
		},
		`is one record, and has no page "20"`: func(c *sdk.Call) { c.Query.Resource, c.Query.Page = "statistics", "20" },
		"cannot search with a !=":             func(c *sdk.Call) { c.Query.Where = []sdk.Condition{{Name: "a", Op: "!="}} },
		`cannot search for "a=1 OR b"`:        func(c *sdk.Call) { c.Query.Filter = "a=1 OR b" },
		`configuration account.id is "`:       func(c *sdk.Call) { c.Config[keyAccount] = "../5" },
		"the memo is not ours":                func(c *sdk.Call) { c.Memo = sdk.Raw(`7`) },
		"the state of the request":            func(c *sdk.Call) { c.Response = &sdk.Response{Status: 200, Body: []byte("{}")} },
	} {
		call := known(contacts)
		change(&call)
		reply, err := host.Step(call)
		if err != nil || reply.Fault == nil || reply.Fault.Kind != sdk.FaultInvalid || !strings.Contains(reply.Fault.Message, says) {
			t.Errorf("got %+v, %v, want an invalid fault with %q", reply.Fault, err, says)
		}
	}
}

// Daylight saving time ends on 2026-11-01 at 06:00 UTC: the hour from 01:00 to 02:00 runs twice, and iContact's dates do not say which.
// The other wants were taken from `TZ=America/New_York date`.
func TestLowerBound(t *testing.T) {
	t.Parallel()
	for utc, want := range map[string]string{
		"2026-06-09T19:46:52.999Z": "2026-06-09T15:46:52-04:00",
		"2026-01-12T13:00:00Z":     "2026-01-12T08:00:00-05:00",
		"2026-03-08T06:59:59Z":     "2026-03-08T01:59:59-05:00",
		"2026-03-08T07:00:00Z":     "2026-03-08T03:00:00-04:00",
		"2026-11-01T04:59:59Z":     "2026-11-01T00:59:59-04:00",
		"2026-11-01T05:00:00Z":     "2026-11-01T01:00:00-04:00",
		"2026-11-01T05:40:00Z":     "2026-11-01T01:00:00-04:00",
		"2026-11-01T06:00:00Z":     "2026-11-01T01:00:00-04:00",
		"2026-11-01T06:59:59Z":     "2026-11-01T01:00:00-04:00",
		"2026-11-01T07:00:00Z":     "2026-11-01T02:00:00-05:00",
	} {
		at, err := time.Parse(time.RFC3339Nano, utc)
		if err != nil {
			t.Fatal(err)
		}
		if got := newAdapter().lowerBound(at.UnixMilli()); got != want {
			t.Errorf("%s: got %s, want %s", utc, got, want)
		}
	}
}

// A condition on createDate finds at least what meets it, whichever way iContact compares; seconds that a date cannot have are rounded so that
// it finds no more, but for the hour that runs twice.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ op, text, date, kind string }{
		{">", "2026-06-09", "2026-06-09T00:00:00-04:00", "gt"},
		{">=", "2026-01-12T13:00:00Z", "2026-01-12T08:00:00-05:00", "gte"},
		{">=", "2026-01-12T13:00:00.5Z", "2026-01-12T08:00:01-05:00", "gte"},
		{">", "2026-01-12T13:00:00.5Z", "2026-01-12T08:00:00-05:00", "gt"},
		{"<", "1781034412001", "2026-06-09T15:46:53-04:00", "lt"},
		{"<=", "1781034412001", "2026-06-09T15:46:52-04:00", "lte"},
		{"=", "2026-06-09 15:46:52", "2026-06-09T15:46:52-04:00", ""},
		{"<", "2026-06-09T15:46:52-0400", "2026-06-09T15:46:52-04:00", "lt"},
		{">", "2026-11-01T05:40:00Z", "2026-11-01T01:00:00-04:00", "gte"},
		{">", "2026-11-01T06:40:00Z", "2026-11-01T01:00:00-04:00", "gte"},
		{"<", "2026-11-01T05:40:00Z", "2026-11-01T02:00:00-05:00", "lte"},
		{"<", "2026-11-01 02:00:00", "2026-11-01T02:00:00-05:00", "lt"},
	} {
		call := known(contacts)
		call.Query.Where = []sdk.Condition{{Name: createDate, Op: c.op, Value: c.text}}
		reply, err := host.Step(call)
		if err != nil || reply.Fetch == nil {
			t.Fatalf("%s %s: %+v, %v", c.op, c.text, reply, err)
		}
		got := map[string]string{}
		for _, p := range reply.Fetch.Query {
			got[p.Name] = p.Value
		}
		if got[createDate] != c.date || got[createDate+"SearchType"] != c.kind {
			t.Errorf("%s %s: asked for %v, want %s %s", c.op, c.text, got, c.kind, c.date)
		}
	}
}

// TestReadsEverything scans folders of many sizes through a provider that lowers the limit and has a stale total: each contact is read, in
// order, and each page begins with the last one of the page before.
func TestReadsEverything(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 19, 20, 21, 58, 59, 100} {
		for _, surplus := range []int{0, 3} {
			result, err := sdktest.Scan(host, known(contacts), func(f sdk.Fetch) (sdk.Response, error) {
				var rows []string
				start := number(t, f, "offset")
				for i := start; i < min(start+min(number(t, f, "limit"), 20), size); i++ {
					rows = append(rows, fmt.Sprintf(`{"contactId":"%d"}`, i))
				}
				body := fmt.Sprintf(`{"contacts":[%s],"limit":20,"offset":%d,"total":%d}`, strings.Join(rows, ","), start, size+surplus)
				return sdk.Response{Status: 200, Body: []byte(body)}, nil
			})
			if err != nil || result.Fault != nil {
				t.Fatalf("%d contacts: %v, %+v", size, err, result.Fault)
			}
			read, overlap := 0, 0
			for _, page := range result.Pages {
				records, err := page.Records()
				if err != nil {
					t.Fatal(err)
				}
				read -= overlap
				for _, r := range records {
					if r["contactId"] != strconv.Itoa(read) {
						t.Fatalf("%d contacts: read %v, want %d", size, r, read)
					}
					read++
				}
				overlap = page.Overlap
			}
			if read != size {
				t.Errorf("read %d of %d contacts", read, size)
			}
		}
	}
}

func number(t *testing.T, f sdk.Fetch, name string) int {
	t.Helper()
	for _, p := range f.Query {
		if p.Name == name {
			n, err := strconv.Atoi(p.Value)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatalf("the request has no %s: %v", name, f.Query)
	return 0
}

// FuzzAnswer: whatever comes back to whichever request, the reply is in order, and a refused request is never a page.
func FuzzAnswer(f *testing.F) {
	catalog := newAdapter().catalog
	f.Add(uint8(6), askRecords, 200, `{"messages":[{"messageId":"1","createDate":"20260609 10:15:00"},{"createDate":"2026-06-09 10:15:00"}],"count":2}`)
	f.Add(uint8(9), askRecords, 200, `{"opens":[{"contactId":1,"openTime":"2026-06-09T12:05:00-04:00"}],"limit":100,"offset":0,"total":1}`)
	f.Add(uint8(3), askRecords, 200, `{"criteria":[{"criterionId":0,"values":["Ada"]}]}`)
	for i, c := range catalog {
		if c.Single {
			f.Add(uint8(i), askRecords, 200, `{"`+c.rows+`":{"a":{"b":1},"createDate":"20260609 10:15:00"},"warnings":["w"]}`)
			f.Add(uint8(i), askRecords, 200, `{"`+c.rows+`s":[{"a":1}]}`)
		}
	}
	f.Add(uint8(0), askRecords, 200, `<response><errors><error>a &lt; b</error></errors></response>`)
	f.Add(uint8(0), askRecords, 403, `<html><errors`)
	f.Add(uint8(0), askRecords, 200, `{"contacts":[{"contactId":"1"}],"limit":1e3,"offset":0,"total":"1","warnings":["a",1]}`)
	f.Add(uint8(0), askAccounts, 200, `{"companies":[{"companyId":1,"enabled":"1"}]}`)
	f.Add(uint8(0), askAccounts, 200, `{"accounts":[{"accountId":1,"enabled":"1"}]}`)
	f.Add(uint8(0), askFolders, 403, `{"errors":["rate limit"]}`)
	f.Fuzz(func(t *testing.T, which uint8, ask string, status int, body string) {
		s := state{Ask: ask, Place: place{Account: "1", Folder: "2"}}.write()
		call := known(catalog[int(which)%len(catalog)].Name)
		call.State, call.Response = s, &sdk.Response{Status: status, Body: []byte(body)}
		reply, err := host.Step(call)
		if err != nil || reply.Page != nil && (status != 200 || ask != askRecords || strings.HasPrefix(strings.TrimSpace(body), "<")) {
			t.Errorf("%s %d %q: got %+v, %v", ask, status, body, reply, err)
		}
	})
}
