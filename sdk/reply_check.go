//go:build !wasip1

package sdk

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Check lists everything that is wrong with r, nil if it is in order. It judges the shape only: whether a pointer leads to records is seen
// when they are cut out. The host refuses a reply with a problem.
func (r Reply) Check() []Problem {
	var c checker
	set := 0
	if r.Fetch != nil {
		set++
		c.fetch(*r.Fetch)
	}
	if r.Page != nil {
		set++
		c.page(*r.Page)
	}
	if r.Fault != nil {
		set++
		c.fault(*r.Fault)
	}
	c.check(set == 1, "reply", "%d of fetch, page and fault are set, want exactly one", set)
	return c.problems
}

func (c *checker) fetch(f Fetch) {
	c.check(f.Method == "" || isToken(f.Method), "fetch.method", "%q is no HTTP method", f.Method)
	c.check(isRequestPath(f.Path), "fetch.path", "%q: want a percent-encoded path that begins with / and has no query and no . or .. segment", f.Path)
	for i, p := range f.Query {
		c.check(p.Name != "", fmt.Sprintf("fetch.query[%d].name", i), "is empty")
	}
	for _, name := range sortedKeys(f.Headers) {
		c.check(isToken(name) && !ownedByHTTP(name) && !ownedByHost(name), "fetch.headers."+name, "not a header that an adapter may set")
		c.check(!strings.ContainsAny(f.Headers[name], "\r\n\x00"), "fetch.headers."+name, "a header is one line")
	}
	c.raw("fetch.state", f.State)
}

func (c *checker) page(p Page) {
	set := 0
	for i, record := range p.Records.Inline {
		c.check(len(record) > 0 && record[0] == '{' && json.Valid(record), fmt.Sprintf("page.records.inline[%d]", i), "is no JSON object")
	}
	if len(p.Records.Inline) > 0 {
		set++
	}
	if s := p.Records.Select; s != nil {
		set++
		c.pointer("page.records.select.at", s.At)
	}
	if t := p.Records.Table; t != nil {
		set++
		c.pointer("page.records.table.columns", t.Columns)
		c.pointer("page.records.table.rows", t.Rows)
	}
	c.check(set <= 1, "page.records", "%d of inline, select and table are set, want one", set)
	c.check(p.Overlap == 0 || p.Overlap == 1, "page.overlap", "%d: want 0 or 1", p.Overlap)
	c.check(p.Overlap == 0 || p.Next != "", "page.overlap", "%d without a next page", p.Overlap)
	c.check(p.Total == nil || *p.Total >= 0, "page.total", "is negative; leave it out if the provider does not know")
	c.raw("page.memo", p.Memo)
}

func (c *checker) fault(f Fault) {
	kinds := []string{FaultAuth, FaultNotFound, FaultRateLimited, FaultInvalid, FaultTransient}
	c.check(slices.Contains(kinds, f.Kind), "fault.kind", "%q: want one of %s", f.Kind, strings.Join(kinds, ", "))
	c.check(f.Message != "", "fault.message", "missing: say what went wrong, in the provider's words if it has some")
	c.check(f.RetryAfter >= 0, "fault.retryAfter", "%d seconds: must not be negative", f.RetryAfter)
}

func (c *checker) raw(path string, doc Raw) {
	c.check(len(doc) == 0 || json.Valid(doc), path, "is no JSON")
}

func (c *checker) pointer(path, text string) {
	ok := text == "" || text[0] == '/'
	for rest := text; ok; {
		_, after, found := strings.Cut(rest, "~")
		if !found {
			break
		}
		ok = after != "" && (after[0] == '0' || after[0] == '1')
		rest = after
	}
	c.check(ok, path, "%q is no JSON Pointer (RFC 6901), such as /data", text)
}

// isRequestPath says whether path can be appended to a base URL without leaving it.
func isRequestPath(path string) bool {
	if !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "?#\\") {
		return false
	}
	for segment := range strings.SplitSeq(path[1:], "/") {
		text, err := url.PathUnescape(segment)
		if err != nil || text == "." || text == ".." || strings.ContainsFunc(segment, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return false
		}
	}
	return true
}
