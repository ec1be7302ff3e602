package command

import (
	"fmt"
	"net/http"
	"net/url"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// hubs: records of the provider, read with an instance's token as the platform's users do.
func (j *journey) hubs(shop map[string]any) {
	token := visitor{journey: j, user: "user", token: tokenOf(shop)}
	var last string
	for i := range 7 {
		last = j.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("hub%d@example.com", i), LastName: fmt.Sprintf("Hub%d", i), City: []string{"Ulm", "Bonn"}[i%2]}).ID
	}
	in := "where=" + url.QueryEscape("email LIKE 'hub%@example.com' AND (city='Ulm' OR city='Nowhere')")
	r := token.ok(http.MethodGet, "/hubs/general/contacts?pageSize=3&orderBy=lastName+desc&fields=lastName&"+in, nil)
	if names := fmt.Sprint(r.list()); names != "[map[lastName:Hub6] map[lastName:Hub4] map[lastName:Hub2]]" || r.header.Get("Elements-Element-Instance-Id") != idOf(shop) {
		j.t.Errorf("%s, headers %v", names, r.header)
	}
	next := r.header.Get("Elements-Next-Page-Token")
	r = token.ok(http.MethodGet, "/elements/api-v2/hubs/crap/contacts?pageSize=3&orderBy=lastName+desc&fields=lastName&"+in+"&nextPage="+url.QueryEscape(next), nil)
	if names := fmt.Sprint(r.list()); names != "[map[lastName:Hub0]]" || r.header.Get("Elements-Next-Page-Token") != "" || r.header.Get("Elements-Returned-Count") != "1" {
		j.t.Errorf("%s, headers %v", names, r.header)
	}
	token.call(http.MethodGet, "/hubs/general/contacts?nextPage="+url.QueryEscape(next), nil, http.StatusBadRequest).says("not a token of this query")
	if got := token.ok(http.MethodGet, "/hubs/general/contacts/"+last+"?fields=lastName", nil).object(); fmt.Sprint(got) != "map[lastName:Hub6]" {
		j.t.Errorf("one record: %v", got)
	}
	if got := token.ok(http.MethodGet, "/hubs/general/contacts?page=2&pageSize=2&fields=contactId", nil).list(); len(got) != 2 {
		j.t.Errorf("the second page: %v", got)
	}
	j.hubFaults(token)
}

func (j *journey) hubFaults(token visitor) {
	token.call(http.MethodGet, "/hubs/general/contacts?where=email+LIKE", nil, http.StatusBadRequest).says("Error parsing query: where clause, column 11")
	token.call(http.MethodGet, "/hubs/general/contacts?pageSize=201", nil, http.StatusBadRequest).says("from 1 to 200")
	token.call(http.MethodGet, "/hubs/general/contact", nil, http.StatusNotFound).says("/hubs/marketing/contacts")
	token.call(http.MethodGet, "/hubs/general/contacts/123456789", nil, http.StatusNotFound).says("contacts/123456789 is not in account")
	j.owner.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusUnauthorized).says("lacks the Element token")
	visitor{journey: j}.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusUnauthorized).says("User <user secret>, Element <token of the instance>")
	visitor{journey: j, user: "user", token: "wrong"}.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusUnauthorized)

	crm := j.owner.ok(http.MethodPost, "/instances", j.owner.shopBody("No polls", map[string]any{"event.notification.enabled": false, "AppID": "nobody"})).object()
	stranger := visitor{journey: j, user: "user", token: tokenOf(crm)}
	stranger.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusUnauthorized).says("providerMessage")
	j.owner.ok(http.MethodDelete, path(crm, ""), nil)
	stranger.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusUnauthorized)
}
