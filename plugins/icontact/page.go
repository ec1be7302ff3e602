package main

import (
	"bytes"
	"fmt"

	"github.com/pollwright/pollwright/sdk"
)

// page judges the rows that came.
func (r reading) page(body sdk.Outline, s state) sdk.Reply {
	if r.Single {
		return r.record(body, s)
	}
	rows, ok := body.Len(r.rows)
	if !ok {
		return misshapen(body, r.rows, fmt.Errorf("want a list"))
	}
	if at, ok := body.Int("offset"); ok && at != r.offset.Start {
		return sdk.Faultf(sdk.FaultInvalid, "iContact was asked for rows from %d and answered with rows from %d", r.offset.Start, at)
	}
	limit, total := r.limit, int64(-1)
	if echoed, ok := body.Int("limit"); ok && echoed > 0 {
		limit = int(min(echoed, maxLimit)) // may be lower than asked for
	} else if n := int64(rows); r.whole && rows < r.limit && !body.Has("total") {
		total = r.offset.Start + n // not a page of something, but all of it
	}
	if n, ok := body.Int("total"); ok && n >= 0 {
		total = n
	}
	page := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/" + r.rows}}}
	if old := r.oldDates(body.Raw(r.rows)); old != nil {
		page.Records = sdk.Records{Inline: old}
	}
	r.offset.Fill(page, rows, limit, total)
	return r.finish(page, body, s)
}

// record takes the one record of a single resource. A list of one, as a POST is answered with, is as good.
func (r reading) record(body sdk.Outline, s state) sdk.Reply {
	if n, ok := body.Len(r.rows + "s"); ok && n == 1 && !body.Has(r.rows) {
		return r.finish(&sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/" + r.rows + "s"}}}, body, s)
	}
	raw := body.Raw(r.rows)
	if len(raw) == 0 || raw[0] != '{' {
		return misshapen(body, r.rows, fmt.Errorf("want an object"))
	}
	record := sdk.Raw(raw)
	if dated, ok := r.isoCreated(raw); ok {
		record = dated
	}
	return r.finish(&sdk.Page{Records: sdk.Records{Inline: []sdk.Raw{record}}}, body, s)
}

func (r reading) finish(page *sdk.Page, body sdk.Outline, s state) sdk.Reply {
	if s.Found {
		page.Memo = memo(r.call, s.Place)
	}
	page.Warnings = s.Warnings
	if r.call.Query.Page == "" {
		page.Warnings = append(page.Warnings, r.warnings...)
	}
	page.Warnings = append(page.Warnings, texts(body, "warnings")...)
	return sdk.Reply{Page: page}
}

// oldDates rewrites messages whose createDate is not in the form that the manifest names; nil if there is none to rewrite, which the
// first row decides. Only a client library of 2009 is known to have seen such ("20090725 14:55:12"), so the cost does not matter.
func (r reading) oldDates(rows []byte) []sdk.Raw {
	first := bytes.IndexByte(rows, '{')
	if r.Name != messages || first < 0 || !hasOldDate(rows[first:]) {
		return nil
	}
	list, err := sdk.ReadList(rows)
	if err != nil {
		return nil
	}
	for i, row := range list {
		if dated, ok := r.isoCreated(row); ok {
			list[i] = dated
		}
		if len(row) == 0 || row[0] != '{' {
			return nil // the host says better what is wrong with it
		}
	}
	return list
}
