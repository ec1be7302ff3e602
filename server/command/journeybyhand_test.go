package command

import (
	"net/http"
	"slices"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
)

// byHand: polls that a user asks for, and a mark that is put back, with the id in the path and without it.
func (j *journey) byHand() {
	code, err := j.acton.IssueCode("owner@example.com", "https://mycoolapp.com")
	if err != nil {
		j.t.Fatal(err)
	}
	body := j.owner.crmBody("By hand", map[string]any{"event.poller.refresh_interval": "1000"}) // only its first poll is on the schedule
	body["providerData"] = map[string]any{"code": code}
	crm := j.owner.ok(http.MethodPost, "/instances", body).object()
	resource := j.owner.ok(http.MethodGet, path(crm, "/event-poller-records"), nil).list()[0]["objectName"].(string)
	at, ofToken := path(crm, "/resources/"+escaped(resource)), "/instances/resources/"+escaped(resource)
	token := visitor{journey: j, user: "user", organization: "org", token: tokenOf(crm)}
	j.await("the first poll has ended", func() bool {
		return j.owner.ok(http.MethodGet, at+"/checkpoint", nil).object()["baselined"] == true
	})
	made, err := j.acton.CreateContact(acton.Contact{Fields: map[string]string{"E-mail Address": "byhand@example.com"}})
	if err != nil {
		j.t.Fatal(err)
	}
	would := j.owner.ok(http.MethodPost, at+"/poll?dryRun=true", nil).says(made.ID).object()
	if polled := j.owner.ok(http.MethodPost, at+"/poll", nil).object(); polled["created"] != would["created"] {
		j.t.Errorf("a poll created %v, the dry run before it %v", polled["created"], would["created"])
	}
	told := j.owner.ok(http.MethodGet, path(crm, "/changes"), nil).says(made.ID).list()
	token.ok(http.MethodPost, ofToken+"/poll?dryRun=true", nil).says(`"changes":[]`)

	mark := j.owner.ok(http.MethodGet, at+"/checkpoint", nil).says(`"by":"poll"`).object()["mark"]
	wanted := map[string]any{"mark": mark}
	if p := j.owner.ok(http.MethodPut, at+"/checkpoint?preview=true", wanted).object(); p["count"] != float64(len(told)) {
		j.t.Errorf("preview %v, want the %d changes that were told", p, len(told))
	}
	token.ok(http.MethodPut, ofToken+"/checkpoint", wanted).says(`"by":"user"`)
	j.await("it is told again, with its id", func() bool {
		list := j.owner.ok(http.MethodGet, path(crm, "/changes"), nil).list()
		return len(list) == 2*len(told) && slices.ContainsFunc(list[:len(told)], func(c map[string]any) bool { return c["eventId"] == told[0]["eventId"] })
	})
	token.ok(http.MethodGet, ofToken+"/checkpoint", nil).says(`"by":"user"`)
	j.owner.ok(http.MethodGet, "/audit?action=resource.rewind", nil).says(idOf(crm))

	for _, strange := range []any{nil, `{"mark": `, `{"mark": [1]}`, `{"mark": "2026-13-45"}`, `{"mark": "2999-01-01T00:00:00Z"}`, `{"mark": 12345}`, `{"marks": 1}`} {
		j.owner.call(http.MethodPut, at+"/checkpoint", strange, http.StatusBadRequest).says("mark")
	}
	j.owner.call(http.MethodPost, at+"/poll?dryRun=perhaps", nil, http.StatusBadRequest).says("dryRun")
	j.owner.call(http.MethodPost, path(crm, "/resources/nothing/poll"), nil, http.StatusNotFound)
	j.owner.ok(http.MethodDelete, path(crm, ""), nil)
}
