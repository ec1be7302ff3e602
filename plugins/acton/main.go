// Package main is the Act-On adapter: lists and their contacts, messages, suppressed addresses, forms, pages and programs, read through Act-On's
// REST API version 1.
//
// It always asks for the two date columns (datequalifiers), pages by row number with one repeated row, and hands the table's headers and rows
// to the host as they are. It must never take an answer without data for an empty list, nor drop a condition that it cannot translate: both
// would read as "nothing changed" or as everything.
//
// The sandbox of the host calls it; its tests run it as ordinary Go. Facts about the API: README.md.
package main

import (
	"fmt"
	"slices"

	"github.com/pollwright/pollwright/sdk"
)

func init() {
	sdk.Register(newAdapter())
	sdk.Rehearse(rehearsal()...)
}

func main() {}

type adapter struct {
	catalog []collection // made once: a call must not make it anew
}

func newAdapter() adapter { return adapter{collections()} }

// Step reads one page. A page is one request, so no state travels with it, but for a single contact.
func (a adapter) Step(c sdk.Call) sdk.Reply {
	if c.Query.Resource == contact {
		return oneContact(c)
	}
	if of, ok := a.find(c.Query.Resource); ok {
		l, err := newListing(c, of)
		switch {
		case err != nil:
			return sdk.Faultf(sdk.FaultInvalid, "%v", err)
		case c.Response == nil:
			return l.fetch()
		}
		return l.answer()
	}
	r, err := newReading(c)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "%v", err)
	}
	if c.Response == nil {
		return sdk.Reply{Fetch: &sdk.Fetch{
			Path:    sdk.Path("api", "1", "list", r.list),
			Query:   r.query(),
			Headers: accept,
			Outline: true, // the rows are the host's to cut out
		}}
	}
	return r.answer()
}

// answer judges what came. Not every error has an error's status, and not every answer is JSON.
func (r reading) answer() sdk.Reply {
	body, err := r.call.Response.Outline()
	switch {
	case r.call.Response.Status != 200:
		return refused(r.call, body, r.list)
	case err != nil:
		// A maintenance page or an answer that was cut off: the next poll may get a whole one.
		return sdk.Faultf(sdk.FaultTransient, "Act-On's answer is no JSON object (%v): %s", err, sdk.Excerpt(r.call.Response.Body))
	case body.Has("data"):
		return r.page(body)
	case readEnvelope(body).found:
		return refused(r.call, body, r.list)
	}
	return misshapen(body, "data")
}

// accept is sent with every request. It is never changed.
var accept = map[string]string{"Accept": "application/json"}

func misshapen(body sdk.Outline, want string) sdk.Reply {
	return sdk.Faultf(sdk.FaultInvalid, "Act-On's answer has no list %q; it has %q", want, body.Names())
}

// page says where the records are. Each row is a list of strings under the headers; the last two are the dates.
func (r reading) page(body sdk.Outline) sdk.Reply {
	rows, ok := body.Len("data")
	if !ok {
		return misshapen(body, "data")
	}
	headers, err := body.Texts("headers")
	if err != nil || headers == nil {
		return misshapen(body, "headers")
	}
	if at, ok := body.Int("offset"); ok && at != r.offset.Start {
		return sdk.Faultf(sdk.FaultInvalid, "Act-On was asked for rows from %d and answered with rows from %d", r.offset.Start, at)
	}
	total, ok := body.Int("totalCount")
	if !ok {
		total = -1 // as Act-On itself says on some lists
	}
	columns := columns(headers)
	page := &sdk.Page{Records: sdk.Records{Table: &sdk.Table{Columns: "/headers", Rows: "/data", Rename: columns.rename()}}}
	r.offset.Fill(page, rows, r.count, total)
	if r.call.Query.Page == "" {
		page.Warnings = r.warnings
		if rows > 0 {
			page.Warnings = append(page.Warnings, columns.missing(r.list)...)
		}
	}
	return sdk.Reply{Page: page}
}

// columns are a list's headers.
type columns []string

func (c columns) has(name string) bool { return slices.Contains(c, name) }

// rename gives the date columns the names that the platform's documents use. Act-On's newer reference spells them without underscores; a
// list that has both spellings has a column of its own by that name, which stays as it is.
func (c columns) rename() map[string]string {
	names := map[string]string{}
	for name, want := range map[string]string{"created_date": created, "modified_date": modified} {
		if c.has(name) && !c.has(want) {
			names[name] = want
		}
	}
	if len(names) == 0 {
		return nil
	}
	return names
}

// missing warns of columns without which changes go unseen. No fault: the instance may be configured to use others, and the host counts
// what it cannot date.
func (c columns) missing(list string) []string {
	var warnings []string
	if !c.has(contactID) {
		warnings = append(warnings, fmt.Sprintf("list %s has no column %s", list, contactID))
	}
	if !c.has(modified) && !c.has("modified_date") {
		warnings = append(warnings, fmt.Sprintf("list %s came without the column %s, although it was asked for", list, modified))
	}
	if !c.has(created) && !c.has("created_date") {
		warnings = append(warnings, fmt.Sprintf("list %s came without the column %s, although it was asked for", list, created))
	}
	return warnings
}
