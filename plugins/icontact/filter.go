package main

import "github.com/pollwright/pollwright/sdk"

// wordScope is ours: which contacts are looked at. iContact's word for it is status, which is a field of contacts as well.
const wordScope = "scope"

// scopeListed is our word for iContact's own default, which has none.
const scopeListed = "listed"

// contactFilters is what iContact can search contacts by without losing one that fits.
//
// It compares texts in a way that is not documented: an upper-case letter may be another one to it or not. For = that gives too many contacts at
// worst, and the host judges again. LIKE, which takes no account of case here, and the order of texts might lose some, so the host alone does these.
//
// status is not among them on purpose: a status as a search term leaves out the contacts that are on no list. The host judges it, by all contacts.
// What is no field of a contact, and so iContact's to judge: listId, and scope.
func contactFilters() []sdk.Filter {
	filters := []sdk.Filter{
		{Name: "listId", Ops: []string{"="}, Parameter: true},
		{Name: wordScope, Ops: []string{"="}, Parameter: true},
		{Name: createDate, Ops: []string{">", ">=", "<", "<="}, Coarse: true},
	}
	for _, field := range []string{"contactId", "email", "firstName", "lastName", "street", "city", "state", "postalCode"} {
		filters = append(filters, coarse(field))
	}
	return filters
}

// coarse is a field that is searched for a value, by rules that may find more than the value itself.
func coarse(field string) sdk.Filter {
	return sdk.Filter{Name: field, Ops: []string{"="}, Coarse: true}
}
