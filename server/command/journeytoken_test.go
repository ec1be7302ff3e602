package command

import (
	"fmt"
	"net/http"

	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// byToken: every call about one instance works without its id, for whoever has its token.
func (j *journey) byToken() {
	in := j.owner.shop("By token", map[string]any{"event.notification.retries": "none", "event.poller.configuration": map[string]any{
		"contacts": map[string]any{"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash", "detectDeletes": true}}})
	token := visitor{journey: j, user: "user", token: tokenOf(in)}
	made := j.icontact.CreateContact(icontact.Contact{Email: "token@example.com"})
	var event string
	j.await("the contact is told", func() bool {
		for _, e := range token.ok(http.MethodGet, "/instances/events?state=delivered", nil).list() {
			event = fmt.Sprint(e["id"])
		}
		return event != ""
	})
	token.ok(http.MethodGet, "/instances/events/"+event, nil).says(made.ID)
	token.ok(http.MethodGet, "/instances/changes", nil).says(made.ID)
	token.ok(http.MethodGet, "/instances/polls", nil).says("contacts")
	token.ok(http.MethodGet, "/instances/event-poller-records", nil).says("contacts")
	j.owner.ok(http.MethodGet, path(in, "/events/dispositions"), nil).says(event)

	token.ok(http.MethodPost, "/instances/events/"+event+"/redeliver", nil).says(event)
	job := fmt.Sprint(token.call(http.MethodPost, "/instances/events/redeliver", map[string]any{"objectId": made.ID}, http.StatusAccepted).object()["id"])
	j.await("the job is done", func() bool { return token.ok(http.MethodGet, "/instances/jobs/"+job, nil).object()["state"] == "done" })
	token.ok(http.MethodGet, "/instances/jobs", nil).says(job)
	token.ok(http.MethodDelete, "/instances/jobs/"+job, nil)

	token.ok(http.MethodPut, "/instances/callback/paused", nil)
	token.ok(http.MethodDelete, "/instances/callback/paused", nil)
	token.ok(http.MethodPost, "/instances/callback/test", nil)
	token.ok(http.MethodPost, "/instances/webhook/secret/rotate", nil)
	token.ok(http.MethodPut, "/instances/enabled", nil).says("By token")
	j.deadLetterByToken(token)
	j.heldByToken(token)

	token.ok(http.MethodDelete, "/instances", nil)
	token.call(http.MethodDelete, "/instances", nil, http.StatusUnauthorized)
	j.owner.call(http.MethodGet, path(in, ""), nil, http.StatusNotFound)
	j.owner.call(http.MethodDelete, "/instances", nil, http.StatusUnauthorized).says("Element token")
}

func (j *journey) deadLetterByToken(token visitor) {
	j.inbox.answer(http.StatusUnprocessableEntity)
	j.icontact.CreateContact(icontact.Contact{Email: "refused by token@example.com"})
	var letter string
	j.await("a dead letter", func() bool {
		for _, l := range token.ok(http.MethodGet, "/instances/deadletters", nil).list() {
			letter = escaped(fmt.Sprint(l["id"]))
		}
		return letter != ""
	})
	j.inbox.answer(http.StatusOK)
	token.ok(http.MethodGet, "/instances/deadletters/"+letter, nil).says("refused by token@example.com")
	token.ok(http.MethodPost, "/instances/deadletters/"+letter+"/redeliver", nil)
}

func (j *journey) heldByToken(token visitor) {
	var ids []string
	for i := range 20 {
		ids = append(ids, j.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("held%d@example.com", i)}).ID)
	}
	j.await("they are known", func() bool { // to this instance, and not only to another one
		known, _ := token.ok(http.MethodGet, "/instances/event-poller-records", nil).list()[0]["objects"].(float64)
		return int(known) > len(ids)
	})
	for _, id := range ids {
		if _, err := j.icontact.DeleteContact(id); err != nil {
			j.t.Fatal(err)
		}
	}
	j.await("the deletions are held, and taken back on a word", func() bool {
		return token.send(http.MethodPut, "/instances/resources/contacts/held", map[string]any{"decision": "refuse"}).status == http.StatusOK
	})
}
