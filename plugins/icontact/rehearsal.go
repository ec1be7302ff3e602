package main

import (
	"github.com/pollwright/pollwright/sdk"
)

// rehearsal is a poll of contacts: the question, and a page that comes.
func rehearsal() []sdk.Call {
	ask := sdk.Call{
		Query:  sdk.Query{Resource: contacts, PageSize: maxLimit, Since: &sdk.Since{Field: createDate, Time: 1_767_225_600_000}},
		Config: map[string]string{keyStatus: "total"}, Memo: sdk.Raw(`{"account":"1","folder":"2","of":"1"}`), Now: 1_767_225_600_000,
	}
	hear := ask
	hear.State = sdk.Raw(`{"ask":"` + askRecords + `","place":{"account":"1","folder":"2"},"found":true}`)
	hear.Response = &sdk.Response{
		Status: 200, Headers: map[string]string{"content-type": "text/html"}, Elided: []sdk.Elided{{At: "/contacts", Len: 500}},
		Body: []byte(`{"contacts":[{"contactId":"1","createDate":"2026-01-01 00:00:00"}],"limit":500,"offset":0,"total":1000}`),
	}
	return []sdk.Call{ask, hear}
}
