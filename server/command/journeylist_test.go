package command

import (
	"fmt"
	"net/http"
)

// finding: instances are made of an element, once for a key, found, counted and deleted below it.
func (j *journey) finding() {
	body := j.owner.shopBody("Gift <b>shop</b>", nil)
	delete(body, "element")
	body["tags"] = []string{"gifts", "<script>alert(1)</script>north"}
	const key = "8e03978e-40d5-43e8-bc93-6894a57f9324"
	at := "/elements/icontact/instances"
	first := j.owner.call(http.MethodPost, at, body, http.StatusOK, "Idempotency-Key", key)
	again := j.owner.call(http.MethodPost, at, body, http.StatusOK, "Idempotency-Key", key)
	in := first.object()
	if idOf(in) != idOf(again.object()) || again.header.Get("Idempotency-Replayed") != "true" || first.header.Get("Idempotency-Replayed") != "" {
		j.t.Errorf("made %s, then %s", first.body, again.body)
	}
	if in["name"] != "Gift shop" || fmt.Sprint(in["tags"]) != "[gifts north]" {
		j.t.Errorf("name %q, tags %v", in["name"], in["tags"])
	}
	body["name"] = "Another"
	j.owner.call(http.MethodPost, at, body, http.StatusUnprocessableEntity, "Idempotency-Key", key)
	j.owner.call(http.MethodPost, "/elements/acton/instances", j.owner.shopBody("Shop", nil), http.StatusBadRequest).says("element.key")
	j.owner.call(http.MethodPost, "/elements/none/instances", body, http.StatusNotFound)

	for _, search := range []string{"?tags[]=gifts&tags[]=north", "?searchText=IFT", "?tags=gifts&searchText=gift&hydrate=false"} {
		for _, list := range []string{"/instances", at} {
			if found := j.owner.ok(http.MethodGet, list+search, nil).list(); len(found) != 1 || idOf(found[0]) != idOf(in) {
				j.t.Errorf("%s%s found %d", list, search, len(found))
			}
		}
	}
	j.owner.call(http.MethodGet, "/instances?searchText=no%20such%20name", nil, http.StatusNotFound)
	j.owner.call(http.MethodGet, "/elements/acton/instances?tags=gifts", nil, http.StatusNotFound)
	j.owner.ok(http.MethodGet, "/instances/count", nil).says("totalInstances")
	j.owner.ok(http.MethodGet, at+"/"+idOf(in), nil).says("createdDate")
	j.owner.call(http.MethodGet, "/elements/acton/instances/"+idOf(in), nil, http.StatusNotFound)
	j.owner.call(http.MethodDelete, "/elements/acton/instances/"+idOf(in), nil, http.StatusNotFound)
	j.owner.ok(http.MethodDelete, at+"/"+idOf(in), nil)
	j.owner.call(http.MethodGet, path(in, ""), nil, http.StatusNotFound)
}
