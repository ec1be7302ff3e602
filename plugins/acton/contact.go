package main

import (
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// keyRecord is the path variable of a single contact: l-0001:1a, or the row's number in it alone.
const keyRecord = "id"

// oneContact reads a single row. Act-On gives it as a bare array in the order of the list's headers, so those are asked for first.
func oneContact(c sdk.Call) sdk.Reply {
	list, err := listID(c)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "%v", err)
	}
	row := c.Query.Vars[keyRecord]
	if !strings.Contains(row, ":") {
		row = list + ":" + row
	}
	if strings.ContainsFunc(strings.Replace(row, ":", "", 1), notInID) {
		return sdk.Faultf(sdk.FaultInvalid, "%q is no id of a contact: want such as %s:1a", row, list)
	}
	if c.Response == nil {
		return sdk.Reply{Fetch: &sdk.Fetch{
			Path: sdk.Path("api", "1", "list", list), Headers: accept, Query: []sdk.Param{{Name: "count", Value: "1"}, {Name: "offset", Value: "0"}},
		}}
	}
	body, readErr := sdk.ReadOutline(c.Response.Body)
	if c.Response.Status != 200 || readEnvelope(body).found {
		return refused(c, body, list)
	}
	// The state tells the answer with the list's headers from the one with the row, and carries the former over.
	if state, err := sdk.ReadOutline(c.State); err == nil {
		if headers, err := state.Texts("headers"); err == nil && len(headers) > 0 {
			return rowOf(c, headers)
		}
	}
	headers, err := body.Texts("headers")
	if readErr != nil || err != nil || len(headers) == 0 {
		return sdk.Faultf(sdk.FaultTransient, "Act-On's answer has no headers: %s", sdk.Excerpt(c.Response.Body))
	}
	state := new(sdk.Object).Texts("headers", headers).JSON()
	return sdk.Reply{Fetch: &sdk.Fetch{Path: sdk.Path("api", "1", "list", list, "record", row), Headers: accept, State: state}}
}

// rowOf makes a record of a bare row. A text that Act-On puts behind the last column has no name and is left out.
func rowOf(c sdk.Call, headers []string) sdk.Reply {
	cells, err := sdk.ReadList(c.Response.Body)
	if err != nil || len(cells) == 0 {
		return sdk.Faultf(sdk.FaultTransient, "Act-On's row is no list: %s", sdk.Excerpt(c.Response.Body))
	}
	record := new(sdk.Object)
	for i, name := range headers[:min(len(headers), len(cells))] {
		record.Raw(name, cells[i])
	}
	return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Inline: []sdk.Raw{record.JSON()}}}}
}
