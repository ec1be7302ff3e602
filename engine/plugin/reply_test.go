package plugin

import (
	"errors"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

func TestReplyIsChecked(t *testing.T) {
	t.Parallel()
	m := manifest("a")
	long := strings.Repeat("x", 70_000)
	raw := sdk.Raw(`"` + long + `"`)
	page := func(p sdk.Page) sdk.Reply { return sdk.Reply{Page: &p} }
	fetch := func(f sdk.Fetch) sdk.Reply {
		if f.Path == "" {
			f.Path = "/contacts"
		}
		return sdk.Reply{Fetch: &f}
	}
	for _, tt := range []struct {
		name  string
		reply sdk.Reply
		path  string // "ok" = accepted
	}{
		{"fetch", fetch(sdk.Fetch{Base: m.BaseURLs[0], Query: []sdk.Param{{Name: "a", Value: "b"}}}), "ok"},
		{"method", fetch(sdk.Fetch{Method: "DELETE"}), "fetch.method"},
		{"foreign base", fetch(sdk.Fetch{Base: "https://evil.example"}), "fetch.base"},
		{"path that climbs", fetch(sdk.Fetch{Path: "/a/%2E%2e/b"}), "fetch.path"},
		{"path with a query", fetch(sdk.Fetch{Path: "/a?b=c"}), "fetch.path"},
		{"path to elsewhere", fetch(sdk.Fetch{Path: "https://evil.example/"}), "fetch.path"},
		{"credentials", fetch(sdk.Fetch{Headers: map[string]string{"Authorization": "x"}}), "fetch.headers.Authorization"},
		{"header injection", fetch(sdk.Fetch{Headers: map[string]string{"X-A": "b\r\nX-B: c"}}), "fetch.headers.X-A"},
		{"many parameters", fetch(sdk.Fetch{Query: make([]sdk.Param, 201)}), "fetch.query[0].name"},
		{"long parameter", fetch(sdk.Fetch{Query: []sdk.Param{{Name: "q", Value: long}}}), "fetch.query"},
		{"long header", fetch(sdk.Fetch{Headers: map[string]string{"X-A": long}}), "fetch.headers"},
		{"long state", fetch(sdk.Fetch{State: raw}), "fetch.state"},
		{"long path", fetch(sdk.Fetch{Path: "/" + long}), "fetch.path"},
		{"long body", fetch(sdk.Fetch{Body: strings.Repeat("x", maxBodyOut+1)}), "fetch.body"},
		{"page", page(sdk.Page{Next: "2", Overlap: 1}), "ok"},
		{"two kinds of records", page(sdk.Page{Records: sdk.Records{Select: &sdk.Select{}, Table: &sdk.Table{}}}), "page.records"},
		{"many records", page(sdk.Page{Records: sdk.Records{Inline: []sdk.Raw{[]byte("{}"), []byte("{}"), []byte("{}")}}}), "page.records.inline"},
		{"record that is none", page(sdk.Page{Records: sdk.Records{Inline: []sdk.Raw{[]byte("1")}}}), "page.records.inline[0]"},
		{"no pointer", page(sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "contacts"}}}), "page.records.select.at"},
		{"long pointer", page(sdk.Page{Records: sdk.Records{Table: &sdk.Table{Rows: "/" + long}}}), "page.records.table.rows"},
		{"overlap", page(sdk.Page{Overlap: 2, Next: "2"}), "page.overlap"},
		{"long next", page(sdk.Page{Next: long}), "page.next"},
		{"long memo", page(sdk.Page{Memo: raw}), "page.memo"},
		{"many warnings", page(sdk.Page{Warnings: make([]string, 101)}), "page.warnings"},
		{"fault", sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultRateLimited, Message: "wait", RetryAfter: 5}}, "ok"},
		{"fault of no kind", sdk.Reply{Fault: &sdk.Fault{Kind: "sad", Message: "x"}}, "fault.kind"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := decodeReply(okReply(tt.reply)[1:], &m, 2)
			var bad *ReplyError
			switch {
			case tt.path == "ok" && err != nil:
				t.Errorf("got %v, want it accepted", err)
			case tt.path != "ok" && (!errors.As(err, &bad) || bad.Path != tt.path):
				t.Errorf("got %v, want a ReplyError at %s", err, tt.path)
			}
		})
	}
}

func TestReplyTextsAreShortened(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü", 5000)
	r, err := decodeReply(okReply(sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultTransient, Message: long}})[1:], new(sdk.Manifest), 1)
	if err != nil || len(r.Fault.Message) > maxText || !strings.HasSuffix(r.Fault.Message, "ü...") {
		t.Errorf("message of %d bytes, %v", len(r.Fault.Message), err)
	}
	r, err = decodeReply([]byte(`{"page":{"warnings":["`+long+`"],"unknown":1},"later":{}}`), new(sdk.Manifest), 1)
	if err != nil || len(r.Page.Warnings[0]) > maxText {
		t.Errorf("%v, want unknown fields ignored and the warning shortened", err)
	}
}

func FuzzReply(f *testing.F) {
	m := manifest("a")
	f.Add([]byte(`{"page":{"records":{"table":{"columns":"/a","rows":"/b","rename":{"x":"y"}}},"next":"2","memo":{"a":[1]}}}`))
	f.Add([]byte(`{"fetch":{"path":"/a","query":[{"name":"a","value":"b"}],"headers":{"A":"b"}}}`))
	f.Add([]byte(`{"fault":{"kind":"auth","message":"x","retryAfter":1}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeReply(data, &m, 100)
		if err == nil && count(r.Fetch != nil, r.Page != nil, r.Fault != nil) != 1 {
			t.Errorf("accepted %+v", r)
		}
	})
}
