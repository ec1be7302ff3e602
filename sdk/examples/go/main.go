// Package main is the adapter of Larder, a made-up pantry API. Change first: the manifest in manifest.go (key, name, base URL, auth), then the
// path in request and the names of the lists in an answer.
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags="-s -w" -o larder.wasm .
package main

import (
	"strconv"

	"github.com/pollwright/pollwright/sdk"
)

func init() { sdk.Register(adapter{}) }

func main() {}

type adapter struct{}

// Rows of a page of items.
const (
	usualRows = 100
	mostRows  = 500
)

// Step answers "what next?": the request for a page, and then the page.
func (adapter) Step(c sdk.Call) sdk.Reply {
	if why := refuse(c.Query); why != "" {
		return sdk.Faultf(sdk.FaultInvalid, "%s", why)
	}
	offset, err := sdk.ParseOffset(c.Query.Page)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "page %s is not one of ours, want a row number such as 499+1", c.Query.Page)
	}
	if c.Response == nil {
		return sdk.Reply{Fetch: request(c.Query, offset)}
	}
	return page(c, offset)
}

// request asks for one page.
func request(q sdk.Query, offset sdk.Offset) *sdk.Fetch {
	f := &sdk.Fetch{Path: sdk.Path("v1", q.Resource)}
	if q.Resource != items {
		return f
	}
	if bound := modifiedSince(q); bound != "" {
		f.Query = append(f.Query, sdk.Param{Name: "modified_since", Value: bound})
	}
	f.Query = append(f.Query,
		sdk.Param{Name: "limit", Value: strconv.Itoa(sdk.PageLimit(q, usualRows, mostRows))},
		sdk.Param{Name: "offset", Value: strconv.FormatInt(offset.Start, 10)})
	return f
}

// page judges the answer. Records are not decoded: Select tells the host where they are, and it cuts them out.
func page(c sdk.Call, offset sdk.Offset) sdk.Reply {
	if c.Response.Status != 200 {
		return refused(c)
	}
	body, err := c.Response.Outline()
	if err != nil { // a maintenance page, or cut off: the next poll may get a whole one
		return sdk.Faultf(sdk.FaultTransient, "Larder's answer is no JSON object: %s", sdk.Excerpt(c.Response.Body))
	}
	rows, ok := body.Len(c.Query.Resource)
	if !ok {
		return sdk.Faultf(sdk.FaultInvalid, "Larder's answer has no list of %s", c.Query.Resource)
	}
	p := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/" + c.Query.Resource}}}
	if c.Query.Resource == items {
		total, ok := body.Int("total")
		if !ok {
			total = -1
		}
		offset.Fill(p, rows, sdk.PageLimit(c.Query, usualRows, mostRows), total)
	}
	return sdk.Reply{Page: p}
}

// refused gives a fault in Larder's own words: {"error": {"code": "...", "message": "..."}}.
func refused(c sdk.Call) sdk.Reply {
	var message string
	if body, err := sdk.ReadOutline(c.Response.Body); err == nil {
		if failure, err := sdk.ReadOutline(body.Raw("error")); err == nil {
			message = failure.Text("message")
		}
	}
	return sdk.FaultFromStatus(c, sdk.Excerpt([]byte(message)))
}
