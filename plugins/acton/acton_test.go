package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

var host = sdktest.Native(newAdapter())

func TestCases(t *testing.T) {
	t.Parallel()
	sdktest.Run(t, host, "testdata/cases", "testdata/bodies")
}

func list(id string) sdk.Call {
	return sdk.Call{Query: sdk.Query{Resource: contacts, Vars: map[string]string{keyList: id}}, Config: map[string]string{}}
}

func TestContract(t *testing.T) {
	t.Parallel()
	calls := []sdk.Call{list("l-0001"), {Query: sdk.Query{Resource: contact, Vars: map[string]string{keyList: "l-0001", keyRecord: "1a"}}}}
	for _, c := range collections() {
		if c.Name != forms && c.Name != pages { // an account without any answers [], which is no stray answer
			calls = append(calls, sdk.Call{Query: sdk.Query{Resource: c.Name}})
		}
	}
	sdktest.Contract(t, host, calls...)
}

// The texts are the provider's (samples, documented codes); what they mean to the host is the point.
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
		{404, sample("gateway_404"), sdk.FaultNotFound, "Not Found: No resources match requested URI"},
		{429, sample("legacy_wso2_429_900800_INFERRED"), sdk.FaultRateLimited, "Message throttled out: You have exceeded your quota (error 900800)"},
		{503, `{"fault":{"code":"900803","message":"x"}}`, sdk.FaultRateLimited, "900803"},
		{401, sample("token_401_bad_client"), sdk.FaultAuth, "access_denied: Unauthorized"},
		{403, sample("token_403_bad_refresh"), sdk.FaultAuth, "invalid_grant: Unknown or invalid refresh token."},
		{400, sample("error_400_10008_invalid_contact"), sdk.FaultInvalid, "(error 10008)"},
		{400, `{"fault":{"code":900901,"message":"Invalid Credentials"}}`, sdk.FaultAuth, "Invalid Credentials (error 900901)"},
		{403, `{"errorCode":10085,"message":"file type"}`, sdk.FaultInvalid, "file type (error 10085)"},
		{401, `{"errorCode":1,"message":"who?"}`, sdk.FaultAuth, "who?"},
		{403, `{"errorCode":1,"message":"PUBLIC_API_FEATURE_NOT_ENABLED"}`, sdk.FaultAuth, "PUBLIC_API_FEATURE_NOT_ENABLED"},
		{403, `{"httpCode":"403","httpMessage":"Forbidden","moreInformation":"Rate Limit exceeded"}`, sdk.FaultRateLimited, "Rate Limit"},
		{403, "", sdk.FaultAuth, "403"},
		{403, `{"httpCode":"403","httpMessage":"Forbidden","moreInformation":""}`, sdk.FaultInvalid, "Forbidden"},
		{403, `{"httpCode":"403","httpMessage":"Forbidden","moreInformation":"Invalid access token"}`, sdk.FaultAuth, "access token"},
		{403, `{"fault":{"code":900908,"message":"Resource forbidden"}}`, sdk.FaultInvalid, "(error 900908)"},
		{403, `{"fault":{"code":900903,"message":"Access Token Expired"}}`, sdk.FaultAuth, "(error 900903)"},
		{403, "<html>Request blocked", sdk.FaultInvalid, "<html>Request blocked"},
		{403, "<html>Too many requests", sdk.FaultRateLimited, "Too many requests"},
		{200, sample("token_401_bad_client"), sdk.FaultAuth, "access_denied: Unauthorized"},
		{500, `{"error":"server_error","error_description":"try the token endpoint later"}`, sdk.FaultTransient, "server_error"},
		{500, "", sdk.FaultTransient, "500"},
		{502, "<html>Bad Gateway", sdk.FaultTransient, "<html>Bad Gateway"},
		{200, sample("gateway_401"), sdk.FaultAuth, "Unauthorized"},
		{200, sample("gateway_429_INFERRED"), sdk.FaultRateLimited, "Too Many Requests"},
		{200, sample("error_400_10004_invalid_list"), sdk.FaultNotFound, "Invalid or missing list"},
		{200, `{"fault":"down"}`, sdk.FaultInvalid, `"down"`},
		{200, "<html>Down for maintenance", sdk.FaultTransient, "<html>Down for maintenance"},
		{200, `{"headers":["_contact_id_"],"data":[["l-0001:0"`, sdk.FaultTransient, "JSON ends at byte"},
		{200, `{"headers":["_contact_id_"],"data":null}`, sdk.FaultInvalid, `no list "data"`},
		{200, `{"headers":["_contact_id_"],"data":"none"}`, sdk.FaultInvalid, `no list "data"`},
		{200, `{"data":[["l-0001:0"]]}`, sdk.FaultInvalid, `no list "headers"`},
		{200, `{"headers":null,"data":[]}`, sdk.FaultInvalid, `no list "headers"`},
		{200, `{"headers":[1],"data":[]}`, sdk.FaultInvalid, `no list "headers"`},
		{200, `{"headers":[],"data":[],"offset":7}`, sdk.FaultInvalid, "asked for rows from 0 and answered with rows from 7"},
	} {
		call := list("l-0001")
		call.Response = &sdk.Response{Status: c.status, Body: []byte(c.body)}
		reply, err := host.Step(call)
		if err != nil || reply.Fault == nil || reply.Fault.Kind != c.kind || !strings.Contains(reply.Fault.Message, c.says) {
			t.Errorf("%d %s: got %+v, %v, want %s with %q", c.status, c.body, reply.Fault, err, c.kind, c.says)
		}
	}
}

func TestBadCalls(t *testing.T) {
	t.Parallel()
	where := func(name, op, value string) func(*sdk.Query) {
		return func(q *sdk.Query) { q.Where = append(q.Where, sdk.Condition{Name: name, Op: op, Value: value}) }
	}
	for _, c := range []struct {
		says   string
		change func(*sdk.Query)
	}{
		{`no resource "nosuch"`, func(q *sdk.Query) { q.Resource = "nosuch" }},
		{"Replace {listId} in the URL", func(q *sdk.Query) { q.Vars = nil }},
		{"Replace {listId} in the URL", func(q *sdk.Query) { q.Vars[keyList] = "{listId}" }},
		{`"../account" is no list id`, func(q *sdk.Query) { q.Vars[keyList] = "../account" }},
		{`".." is no list id`, func(q *sdk.Query) { q.Vars[keyList] = ".." }},
		{`page "x"`, func(q *sdk.Query) { q.Page = "x" }},
		{"cannot filter by \"a OR b\"", func(q *sdk.Query) { q.Filter = "a OR b" }},
		{"by email: it knows modafter, modbefore, createdafter, createdbefore", where("email", "=", "a@example.com")},
		{"modafter < makes no sense to Act-On: want =, or > or >=", where("modafter", "<", "1")},
		{"createdbefore > makes no sense to Act-On: want =, or < or <=", where("createdbefore", ">", "1")},
		{"modafter != makes no sense", where("modafter", "!=", "1")},
		{`modafter is "${epoch}": want Unix milliseconds`, where("modafter", "=", "${epoch}")},
		{`modafter is "-1": want Unix milliseconds`, where("modafter", "=", "-1")},
		{`modbefore is "2026-06-09": want Unix milliseconds`, func(q *sdk.Query) { q.Params = map[string]string{"modbefore": "2026-06-09"} }},
		{"two conditions on modafter", func(q *sdk.Query) { where("modafter", ">", "1")(q); where("modafter", "=", "2")(q) }},
		{"two conditions on modafter", func(q *sdk.Query) { where("modafter", ">", "1")(q); q.Params = map[string]string{"modafter": "2"} }},
		{"no parameter segment on a list", func(q *sdk.Query) { q.Params = map[string]string{"segment": "x"} }},
	} {
		call := list("l-0001")
		c.change(&call.Query)
		reply, err := host.Step(call)
		if err != nil || reply.Fault == nil || reply.Fault.Kind != sdk.FaultInvalid || !strings.Contains(reply.Fault.Message, c.says) {
			t.Errorf("got %+v, %v, want an invalid fault with %q", reply.Fault, err, c.says)
		}
	}
}

// A list with a column of its own called created_date beside Act-On's keeps both.
func TestOwnColumnKeepsItsName(t *testing.T) {
	t.Parallel()
	call := list("l-0001")
	call.Response = &sdk.Response{Status: 200, Body: []byte(`{"headers":["_contact_id_","created_date","__created_date","modified_date"],"data":[["a","b","c","d"]],"totalCount":1}`)}
	reply, err := host.Step(call)
	if err != nil || reply.Page == nil {
		t.Fatalf("got %+v, %v, want a page", reply, err)
	}
	if rename := reply.Page.Records.Table.Rename; len(rename) != 1 || rename["modified_date"] != modified {
		t.Errorf("got the new names %v, want one for modified_date only", rename)
	}
}

// TestReadsEverything scans lists of many sizes through a provider that gives fewer rows than asked for: each row is read, in order, and each
// page begins with the last one of the page before.
func TestReadsEverything(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 99, 100, 101, 199, 298, 1000} {
		for _, total := range []int{size, size + 3, -1} {
			read, overlap := 0, 0
			result, err := sdktest.Scan(host, list("l-0001"), func(f sdk.Fetch) (sdk.Response, error) {
				start, err := strconv.Atoi(f.Query[len(f.Query)-1].Value)
				if err != nil {
					return sdk.Response{}, err
				}
				var rows []string
				for i := start; i < min(start+100, size); i++ {
					rows = append(rows, fmt.Sprintf(`["l-0001:%x","1780531200000","1780531200000"]`, i))
				}
				body := fmt.Sprintf(`{"listId":"l-0001","offset":%d,"count":%d,"totalCount":%d,"headers":["_contact_id_","__created_date","__modified_date"],"data":[%s]}`,
					start, len(rows), total, strings.Join(rows, ","))
				return sdk.Response{Status: 200, Body: []byte(body)}, nil
			})
			if err != nil || result.Fault != nil {
				t.Fatalf("%d rows: %v, %+v", size, err, result.Fault)
			}
			for _, page := range result.Pages {
				records, err := page.Records()
				if err != nil {
					t.Fatal(err)
				}
				read -= overlap
				for _, r := range records {
					if r[contactID] != fmt.Sprintf("l-0001:%x", read) {
						t.Fatalf("%d rows: read %v, want row %d", size, r, read)
					}
					read++
				}
				overlap = page.Overlap
			}
			if read != size {
				t.Errorf("total %d: read %d of %d rows", total, read, size)
			}
		}
	}
}

// Folders hold a record more than once; it is told once, with the folder that is its own.
func TestFoldersHoldEachOnce(t *testing.T) {
	t.Parallel()
	call := sdk.Call{Query: sdk.Query{Resource: forms}, Response: &sdk.Response{Status: 200, Body: []byte(
		`[{"folder":"All Forms","entries":[{"id":"a"},{"id":"b"},{}]},{"folder":"Mine","entries":[{"id":"b"}]},{"folder":"Empty","entries":[]}]`)}}
	reply, err := host.Step(call)
	if err != nil || reply.Page == nil {
		t.Fatalf("%+v, %v", reply, err)
	}
	var got []string
	for _, r := range reply.Page.Records.Inline {
		got = append(got, string(r))
	}
	want := []string{`{"folder":"All Forms","id":"a"}`, `{"folder":"Mine","id":"b"}`, `{"folder":"All Forms"}`}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Whatever comes as an answer, the adapter gives a page in order or a fault.
func FuzzAnswer(f *testing.F) {
	names := []string{contacts, contact}
	for _, c := range collections() {
		names = append(names, c.Name)
	}
	bodies, err := os.ReadDir("testdata/bodies")
	if err != nil {
		f.Fatal(err)
	}
	for _, b := range bodies {
		text, err := os.ReadFile("testdata/bodies/" + b.Name())
		if err != nil {
			f.Fatal(err)
		}
		for i := range names {
			f.Add(uint8(i), 200, text)
		}
		f.Add(uint8(0), 400, text)
	}
	f.Fuzz(func(t *testing.T, which uint8, status int, body []byte) {
		call := sdk.Call{Query: sdk.Query{Resource: names[int(which)%len(names)], Vars: map[string]string{keyList: "l-0001", keyRecord: "1"}}}
		for _, state := range []string{"", `{"headers":["a","b"]}`} {
			call.State, call.Response = []byte(state), &sdk.Response{Status: status, Body: body}
			reply, err := host.Step(call)
			if err != nil || reply.Page != nil && (status != 200 || !strings.Contains(string(body), "[")) {
				t.Errorf("%d %q: got %+v, %v", status, body, reply, err)
			}
		}
	})
}

// TestOutlines: rows that the adapter only counts may be left out of what it gets; those that it may have to rewrite come whole.
func TestOutlines(t *testing.T) {
	t.Parallel()
	a := newAdapter()
	for name, want := range map[string]bool{contacts: true, lists: true, hardBounces: true, messagesName: false, forms: false, programs: false, contact: false} {
		r := a.Step(sdk.Call{Query: sdk.Query{Resource: name, Vars: map[string]string{keyList: "l-0001", keyRecord: "1"}}})
		if r.Fetch == nil || r.Fetch.Outline != want {
			t.Errorf("%s: %+v, want a fetch with Outline %t", name, r, want)
		}
	}
	call := sdk.Call{Query: sdk.Query{Resource: contacts, PageSize: 20, Vars: map[string]string{keyList: "l-0001"}}}
	columns := strings.Repeat(`"c",`, 20) + `"_contact_id_","created_date","__modified_date"`
	row := `[` + strings.Repeat(`"x",`, 22) + `"y"]`
	call.Response = &sdk.Response{Status: 200}
	call.Response.Body, call.Response.Elided = sdk.Elide(fmt.Appendf(nil, `{"headers":[%s],"data":[%s%s],"offset":0,"totalCount":50}`, columns, strings.Repeat(row+",", 19), row))
	r := a.Step(call)
	if len(call.Response.Elided) != 1 || r.Page == nil || r.Page.Next != "19+1" || r.Page.Records.Table.Rename["created_date"] != created || len(r.Page.Warnings) != 0 {
		t.Errorf("a full page of 20 rows, of which 3 are seen: %+v %+v, want the page behind row 19, and all columns known", r.Page, r.Fault)
	}
}
