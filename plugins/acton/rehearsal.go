package main

import "github.com/pollwright/pollwright/sdk"

// rehearsal is a poll of a list: the question, and a page that comes.
func rehearsal() []sdk.Call {
	ask := sdk.Call{
		Query: sdk.Query{
			Resource: contacts, Vars: map[string]string{keyList: "l-0001"}, PageSize: maxCount,
			Where: []sdk.Condition{{Name: "modafter", Op: "=", Value: "1767225600000"}}, Since: &sdk.Since{Field: modified, Time: 1_767_225_600_000},
		},
		Config: map[string]string{keyList: "l-0001"}, Now: 1_767_225_600_000,
	}
	hear := ask
	hear.Response = &sdk.Response{
		Status: 200, Headers: map[string]string{"content-type": "application/json"},
		Body: []byte(`{"totalCount":1,"headers":["_contact_id_","E-mail Address","__created_date","__modified_date"],"offset":0,"count":1000,"data":[["l-0001:1","a@example.com","1767225600000","1767225600000"]]}`),
	}
	return []sdk.Call{ask, hear}
}
