package command

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// accounts: other organizations and users are made, changed and removed, and see nothing of each other's.
func (j *journey) accounts(shop map[string]any) {
	acme := j.owner.ok(http.MethodPost, "/organizations", map[string]any{"name": "Acme"}).object()
	ann := j.owner.ok(http.MethodPost, "/users", map[string]any{"name": "Ann", "role": "admin", "organizationId": acme["id"]}).object()
	stranger := visitor{journey: j, user: fmt.Sprint(ann["secret"]), organization: fmt.Sprint(acme["secret"])}
	j.isolation(stranger, shop)
	j.logins()
	j.keys(stranger, shop)
	j.organizations(acme, stranger)
	j.users(acme, ann, stranger)
}

// keys: the master key is another one, and all goes on.
func (j *journey) keys(stranger visitor, shop map[string]any) {
	before := j.owner.ok(http.MethodGet, "/keys", nil).object()
	after := j.owner.ok(http.MethodPost, "/keys/rotate", map[string]any{"dataKey": true}).object()
	if n, m := len(before["dataKeys"].([]any)), len(after["dataKeys"].([]any)); m != n+1 || after["masterKey"] != "file" {
		j.t.Errorf("keys %v, and after the rotation %v", before, after)
	}
	j.owner.ok(http.MethodPost, "/keys/rotate", nil)
	j.owner.call(http.MethodPost, "/keys/rotate", map[string]any{"masterKey": "short"}, http.StatusBadRequest).says("base64")
	stranger.call(http.MethodGet, "/keys", nil, http.StatusForbidden)
	stranger.call(http.MethodPost, "/keys/rotate", nil, http.StatusForbidden)
	j.owner.ok(http.MethodGet, path(shop, ""), nil).says(tokenOf(shop)) // sealed before
	made := j.icontact.CreateContact(icontact.Contact{Email: "keys@example.com"})
	j.await("a contact is told under the new keys", func() bool { return len(j.inbox.events(made.ID)) > 0 })
	j.owner.ok(http.MethodGet, "/audit?action=keys", nil).says("new data key")
	j.owner.ok(http.MethodGet, "/backup", nil).says("pollwright backup 1\n")
	stranger.call(http.MethodGet, "/backup", nil, http.StatusForbidden).says("role server")
}

// logins: who guesses is not heard for a while, whatever is sent; others are.
func (j *journey) logins() {
	guesser := visitor{journey: j, organization: "org", address: "2001:db8:1:2::7"}
	for i := range 10 {
		guesser.user = fmt.Sprint("guess", i)
		guesser.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized)
	}
	right := j.owner
	right.address = "2001:db8:1:2::8" // of the same client
	if r := right.call(http.MethodGet, "/instances", nil, http.StatusTooManyRequests).says("wrong secrets"); r.header.Get("Retry-After") == "" {
		j.t.Error("no Retry-After")
	}
	j.owner.ok(http.MethodGet, "/instances", nil)
	visitor{journey: j}.ok(http.MethodGet, "/metrics", nil).says(`pollwright_failed_logins_total{result="unheard"} 1`)
}

// organizations: what may be done with one, and by whom.
func (j *journey) organizations(acme map[string]any, stranger visitor) {
	at := "/organizations/" + idOf(acme)
	if own := stranger.ok(http.MethodGet, "/organizations", nil).list(); len(own) != 1 || idOf(own[0]) != idOf(acme) {
		j.t.Errorf("an organization's admin sees %v", own)
	}
	all := j.owner.ok(http.MethodGet, "/organizations?pageSize=1", nil)
	if all.header.Get("Elements-Next-Page-Token") == "" {
		j.t.Error("two organizations, and no second page of one")
	}
	stranger.ok(http.MethodPatch, at, map[string]any{"name": "Acme Ltd"}).says("Acme Ltd")
	j.owner.ok(http.MethodGet, at, nil).says("Acme Ltd")
	stranger.call(http.MethodPost, "/organizations", map[string]any{"name": "Other"}, http.StatusForbidden).says("role server")
	stranger.call(http.MethodDelete, at, nil, http.StatusForbidden)
	j.owner.call(http.MethodPost, "/organizations", map[string]any{"name": " ", "nme": 1}, http.StatusBadRequest).says("nme")
	made := stranger.ok(http.MethodPost, at+"/secret/rotate", map[string]any{"overlap": "1h"}).object()
	renewed := visitor{journey: j, user: stranger.user, organization: fmt.Sprint(made["secret"])}
	for name, v := range map[string]visitor{"old": stranger, "new": renewed} {
		if r := v.send(http.MethodGet, "/instances", nil); r.status != http.StatusOK {
			j.t.Errorf("the %s secret within the overlap: %d", name, r.status)
		}
	}
	j.owner.ok(http.MethodGet, "/audit?action=organization&subject=organizations/"+idOf(acme), nil).says("organization.create")
	stranger.ok(http.MethodGet, "/audit?action=organization", nil).says(`"from":"server"`).says("organization.rotate")
	// The first organization's secrets come from the environment, and it has the instances and the last admin of the server.
	first := "/organizations/" + j.first(acme)
	j.owner.call(http.MethodPost, first+"/secret/rotate", nil, http.StatusConflict).says("configuration")
	j.owner.call(http.MethodDelete, first, nil, http.StatusConflict).says("instances")
}

// first is the id of the organization that is not the given one.
func (j *journey) first(acme map[string]any) string {
	for _, o := range j.owner.ok(http.MethodGet, "/organizations", nil).list() {
		if idOf(o) != idOf(acme) {
			return idOf(o)
		}
	}
	j.t.Fatal("there is one organization")
	return ""
}

// users: what may be done with one, and by whom.
func (j *journey) users(acme, ann map[string]any, stranger visitor) {
	bob := stranger.ok(http.MethodPost, "/users", map[string]any{"name": "Bob"}).object()
	if bob["role"] != "user" || idOf(map[string]any{"id": bob["organizationId"]}) != idOf(acme) {
		j.t.Errorf("Bob is %v", bob)
	}
	at := "/users/" + idOf(bob)
	plain := visitor{journey: j, user: fmt.Sprint(bob["secret"]), organization: stranger.organization}
	if own := plain.ok(http.MethodGet, "/users", nil).list(); len(own) != 1 || idOf(own[0]) != idOf(bob) {
		j.t.Errorf("a plain user sees %v", own)
	}
	plain.call(http.MethodPost, "/users", map[string]any{"name": "Eve"}, http.StatusForbidden).says("role admin")
	plain.call(http.MethodPatch, at, map[string]any{"role": "admin"}, http.StatusForbidden)
	plain.call(http.MethodGet, "/users/"+idOf(ann), nil, http.StatusNotFound)
	stranger.call(http.MethodPatch, at, map[string]any{"role": "server"}, http.StatusForbidden)
	stranger.call(http.MethodDelete, "/users/"+idOf(ann), nil, http.StatusConflict).says("last admin")
	stranger.ok(http.MethodPatch, at, map[string]any{"role": "admin", "name": "Robert"}).says("Robert")
	made := plain.ok(http.MethodPost, at+"/secret/rotate", nil).object()
	plain.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized) // its secret is dead at once
	plain.user = fmt.Sprint(made["secret"])
	plain.ok(http.MethodGet, at, nil).says("admin")
	all := j.owner.ok(http.MethodGet, "/users", nil).list()
	for _, u := range all {
		if u["role"] == "server" {
			j.owner.call(http.MethodDelete, "/users/"+idOf(u), nil, http.StatusConflict)
			stranger.call(http.MethodDelete, "/users/"+idOf(u), nil, http.StatusNotFound)
			stranger.call(http.MethodPost, "/users/"+idOf(u)+"/secret/rotate", nil, http.StatusNotFound)
		}
	}
	if len(all) != 3 {
		j.t.Errorf("the server's admin sees %v", all)
	}
	stranger.ok(http.MethodDelete, at, nil)
	plain.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized)
	j.owner.ok(http.MethodDelete, "/organizations/"+idOf(acme), nil)
	stranger.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized)
	j.owner.call(http.MethodGet, "/users/"+idOf(ann), nil, http.StatusNotFound) // it went with its organization
}

// strangerBodies are bodies for the operations of an instance whose example in the description does not do here: "POST /instances/{id}/..." to
// what a user would send. An operation that has no example there needs a line here.
var strangerBodies = map[string]any{
	"POST /instances/{id}/events/redeliver": map[string]any{"resource": "contacts"},
	"PUT /instances/{id}":                   map[string]any{"name": "x"},
}

// isolation: nothing of an instance can be seen or done from another organization, by any operation that the description has.
func (j *journey) isolation(stranger visitor, in map[string]any) {
	event := fmt.Sprint(j.owner.ok(http.MethodGet, path(in, "/events"), nil).list()[0]["id"])
	names := strings.NewReplacer("{id}", idOf(in), "{event}", event, "{resource}", "contacts")
	tried := 0
	for _, op := range j.contract.Operations() {
		what := op.Method + " " + op.Path
		below, ofInstance := strings.CutPrefix(op.Path, "/instances/{id}")
		if !ofInstance && op.Method != http.MethodGet {
			continue
		}
		body, required := j.contract.Body(op)
		if b, ok := strangerBodies[what]; ok {
			body = b
		}
		if body == nil && required {
			j.t.Errorf("%s has no example of its body: give it one in server/api/openapi.yaml, or a line in strangerBodies", what)
			continue
		}
		at := "/instances/{id}" + below
		if !ofInstance {
			at = op.Path
		}
		at = variable.ReplaceAllString(names.Replace(at), "x")
		r := stranger.send(op.Method, at, body)
		if ofInstance {
			tried++
			if r.status != http.StatusNotFound {
				j.t.Errorf("a stranger's %s: %d, want 404 (if it is 400, the body of the example is not valid: give it a line in strangerBodies): %.500s", r.what, r.status, r.body)
			}
		}
		for _, secret := range []string{event, tokenOf(in), "ada@example.com"} {
			if !ofInstance && strings.Contains(string(r.body), secret) {
				j.t.Errorf("a stranger's %s tells %s", r.what, secret)
			}
		}
	}
	if tried < 15 {
		j.t.Errorf("only %d operations of an instance were tried", tried)
	}
	j.strangerWithToken(stranger, in)
}

// strangerWithToken: another organization's Element token opens nothing, and lists are empty.
func (j *journey) strangerWithToken(stranger visitor, in map[string]any) {
	for _, list := range []string{"/instances", "/instances/polling-disabled"} {
		if r := stranger.ok(http.MethodGet, list, nil); len(r.list()) != 0 {
			j.t.Errorf("a stranger's %s: %s", list, r.body)
		}
	}
	stranger.token = tokenOf(in)
	for _, op := range j.contract.Operations() {
		byToken := strings.HasPrefix(op.Path, "/instances") || strings.HasPrefix(op.Path, "/hubs/")
		if !byToken || strings.Contains(op.Path, "{id}") || op.Method == http.MethodPost && op.Path == "/instances" {
			continue
		}
		body, _ := j.contract.Body(op)
		r := stranger.send(op.Method, variable.ReplaceAllString(op.Path, "x"), body)
		harmless := op.Method == http.MethodGet && r.status == http.StatusOK && !strings.Contains(string(r.body), idOf(in))
		if r.status != http.StatusUnauthorized && !harmless {
			j.t.Errorf("%s with another organization's Element token: %d %.500s", r.what, r.status, r.body)
		}
	}
	stranger.organization = ""
	stranger.call(http.MethodGet, "/instances/events", nil, http.StatusUnauthorized)
	j.owner.ok(http.MethodGet, path(in, ""), nil) // it is there, as before
}

// variable is what is left of a path's variables.
var variable = regexp.MustCompile(`\{[^}]*\}`)
