package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/sdk"
)

// TestOutlines: answers whose rows the adapter reads itself come whole; of the others it counts rows that it never sees.
func TestOutlines(t *testing.T) {
	t.Parallel()
	a := newAdapter()
	config := map[string]string{keyAccount: "1", keyFolder: "2"}
	for name, c := range map[string]struct {
		call sdk.Call
		want bool
	}{
		"accounts":   {sdk.Call{Query: sdk.Query{Resource: contacts}}, false},
		"folders":    {sdk.Call{Query: sdk.Query{Resource: contacts}, Config: map[string]string{keyAccount: "1"}}, false},
		"messages":   {sdk.Call{Query: sdk.Query{Resource: messages}, Config: config}, false},
		"one record": {sdk.Call{Query: sdk.Query{Resource: "contact", Vars: map[string]string{"contactId": "7"}}, Config: config}, false},
		"contacts":   {sdk.Call{Query: sdk.Query{Resource: contacts}, Config: config}, true},
		"lists":      {sdk.Call{Query: sdk.Query{Resource: "lists"}, Config: config}, true},
	} {
		r := a.Step(c.call)
		if r.Fetch == nil || r.Fetch.Outline != c.want {
			t.Errorf("%s: %+v, want a fetch with Outline %t", name, r, c.want)
		}
	}
	call := sdk.Call{Query: sdk.Query{Resource: contacts, PageSize: 20}, Config: config}
	call.State = a.Step(call).Fetch.State
	rows := strings.Repeat(`{"contactId":"1"},`, 19) + `{"contactId":"20"}`
	call.Response = &sdk.Response{Status: 200}
	call.Response.Body, call.Response.Elided = sdk.Elide(fmt.Appendf(nil, `{"contacts":[%s],"limit":20,"offset":0,"total":50}`, rows))
	if r := a.Step(call); r.Page == nil || r.Page.Next != "19+1" || r.Page.Records.Select == nil {
		t.Errorf("a full page of 20 rows, of which 3 are seen: %+v %+v, want the page behind row 19", r.Page, r.Fault)
	}
}
