package command

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// change: an instance is another afterwards, and what is not concerned goes on; with its id, without it, and below its element.
func (j *journey) change() {
	in := j.owner.shop("Changing", nil)
	token := visitor{journey: j, user: "user", token: tokenOf(in)}
	old := j.inbox.url
	j.inbox.url = strings.Replace(old, "/events", "/other", 1)
	defer func() { j.inbox.url = old }()
	patched := j.owner.ok(http.MethodPatch, path(in, ""), map[string]any{"name": "Changed", "tags": []string{"x", "y"},
		"configuration": map[string]any{"event.notification.callback.url": j.inbox.url, "event.poller.overlap": "600"}}).object()
	if patched["name"] != "Changed" || fmt.Sprint(patched["tags"]) != "[x y]" || patched["token"] != in["token"] || patched["warnings"] != nil {
		j.t.Errorf("patched %v", patched)
	}
	made := j.icontact.CreateContact(icontact.Contact{Email: "changed@example.com"})
	j.await("the contact is told to the new callback", func() bool {
		for _, l := range j.inbox.letters() {
			if l.Path == "/other" && strings.Contains(string(l.Body), made.ID) {
				return true
			}
		}
		return false
	})
	token.ok(http.MethodPatch, "/instances", map[string]any{"tags": []string{}}).says(`"tags":[]`)
	j.owner.ok(http.MethodPatch, "/elements/icontact/instances/"+idOf(in), map[string]any{"name": "Below"}).says("Below")
	j.owner.call(http.MethodPatch, "/elements/acton/instances/"+idOf(in), map[string]any{"name": "No"}, http.StatusNotFound)
	j.owner.call(http.MethodPatch, path(in, ""), map[string]any{"element": map[string]any{"key": "acton"}}, http.StatusBadRequest).says("cannot be changed")
	j.owner.call(http.MethodPatch, path(in, ""), map[string]any{"configuration": map[string]any{"event.poller.refresh_interval": "soon"}}, http.StatusBadRequest).says("refresh_interval")
	anew := map[string]any{"contacts": map[string]any{"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash"}}
	j.owner.ok(http.MethodPatch, path(in, ""), map[string]any{"configuration": map[string]any{"event.poller.configuration": anew}}).says("begins anew")
	for _, at := range []struct {
		v    visitor
		path string
	}{{j.owner, path(in, "")}, {token, "/instances"}, {j.owner, "/elements/icontact/instances/" + idOf(in)}} {
		body := j.owner.shopBody("Replaced", map[string]any{"api.password": "********"})
		if r := at.v.ok(http.MethodPut, at.path, body).object(); r["name"] != "Replaced" || fmt.Sprint(r["tags"]) != "[Replaced]" {
			j.t.Errorf("%s: %v", at.path, r)
		}
	}
	j.settings(in, token)
	j.disabled(in, token)
	j.owner.ok(http.MethodGet, "/audit?action=instance.update", nil).says("event.poller.overlap")
	j.owner.ok(http.MethodDelete, path(in, ""), nil)
}

func (j *journey) settings(in map[string]any, token visitor) {
	const key = "event.poller.refresh_interval"
	for _, form := range []struct {
		v    visitor
		base string
	}{{j.owner, path(in, "/configuration")}, {token, "/instances/configuration"}} {
		var id string
		for _, s := range form.v.ok(http.MethodGet, form.base, nil).says(`"********"`).list() {
			if s["key"] == key {
				id = idOf(s)
			}
		}
		setting := form.v.ok(http.MethodGet, form.base+"/"+id, nil).object()
		setting["propertyValue"] = "0.02"
		form.v.ok(http.MethodPatch, form.base+"/"+id, setting).says(`"0.02"`)
		form.v.ok(http.MethodGet, form.base+"/"+url.PathEscape(key), nil).says(`"0.02"`)
		form.v.call(http.MethodPatch, form.base+"/"+id, map[string]any{"propertyValue": "soon"}, http.StatusBadRequest).says(key)
		form.v.call(http.MethodPatch, form.base+"/"+id, map[string]any{}, http.StatusBadRequest).says("propertyValue")
		form.v.call(http.MethodGet, form.base+"/1", nil, http.StatusNotFound)
	}
}

func (j *journey) disabled(in map[string]any, token visitor) {
	for _, form := range []struct {
		v  visitor
		at string
	}{{j.owner, path(in, "/enabled")}, {token, "/instances/enabled"}} {
		form.v.ok(http.MethodDelete, form.at, nil).says(`"disabled":true`)
		token.call(http.MethodGet, "/hubs/general/contacts", nil, http.StatusForbidden)
		form.v.ok(http.MethodPut, form.at, nil).says(`"disabled":false`)
	}
}
