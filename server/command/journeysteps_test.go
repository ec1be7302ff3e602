package command

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// A user's whole way through the API, on the real program: each operation that the description knows does what it is asked to at least once.
func TestJourney(t *testing.T) {
	t.Parallel()
	j := newJourney(t, "--plugins", t.TempDir())
	j.service()
	j.elements()
	shop := j.firstEvents()
	crm := j.consent()
	j.events(shop)
	j.redeliveries(shop)
	j.deadLetters()
	j.callback(shop)
	j.polling(shop)
	j.held()
	j.byToken()
	j.hubs(shop)
	j.byHand()
	j.finding()
	j.plugins()
	j.change()
	j.stopped()
	j.audit()
	j.accounts(shop)
	j.deleted(shop, crm)
	j.metrics()
	j.complete()
}

// service: what tells of the server itself, without credentials.
func (j *journey) service() {
	nobody := visitor{journey: j}
	for _, at := range []string{"/healthz", "/readyz", "/metrics", "/openapi.yaml", "/docs"} {
		nobody.ok(http.MethodGet, at, nil)
	}
	nobody.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized)
	visitor{journey: j, user: "user", organization: "wrong"}.call(http.MethodGet, "/instances", nil, http.StatusUnauthorized)
	j.owner.call(http.MethodGet, "/no/such/route", nil, http.StatusNotFound)
	j.owner.call(http.MethodPatch, "/elements", nil, http.StatusMethodNotAllowed)
	j.owner.call(http.MethodPost, "/instances", `{"name": `, http.StatusBadRequest).says("line")
	j.owner.call(http.MethodPost, "/instances", `{}`, http.StatusBadRequest).says("element")
	j.owner.call(http.MethodPost, "/instances", "<x/>", http.StatusUnsupportedMediaType, "Content-Type", "application/xml")
	if r := j.owner.ok(http.MethodGet, "/instances", nil); len(r.list()) != 0 || r.header.Get("Elements-Request-Id") == "" {
		j.t.Errorf("a new server's instances: %s, headers %v", r.body, r.header)
	}
}

// elements: what instances can be made of, as the platform tells it.
func (j *journey) elements() {
	nobody := visitor{journey: j}
	var keys []string
	nobody.ok(http.MethodGet, "/elements/keys", nil).into(&keys)
	if fmt.Sprint(keys) != "[acton icontact]" {
		j.t.Errorf("keys %v", keys)
	}
	list := nobody.ok(http.MethodGet, "/elements", nil).list()
	if len(list) != 2 {
		j.t.Fatalf("%d elements", len(list))
	}
	nobody.ok(http.MethodGet, "/elements/metadata", nil)
	for _, key := range []string{"icontact", idOf(list[1])} {
		at := "/elements/" + key
		nobody.ok(http.MethodGet, at, nil).says("icontact")
		nobody.ok(http.MethodGet, at+"/metadata", nil).says(`"polling"`)
		nobody.ok(http.MethodGet, at+"/configuration", nil).says("event.poller.refresh_interval")
	}
	nobody.call(http.MethodGet, "/elements/999999999999/metadata", nil, http.StatusNotFound)
}

// firstEvents: an instance is made, and what changes at the provider is told, signed.
func (j *journey) firstEvents() map[string]any {
	shop := j.owner.shop("Shop", nil)
	if tags := fmt.Sprint(shop["tags"]); tags != "[Shop]" {
		j.t.Errorf("tags %v, want the name", tags)
	}
	made := j.icontact.CreateContact(icontact.Contact{Email: "ada@example.com", FirstName: "Ada"})
	j.await("the new contact is told", func() bool { return len(j.inbox.events(made.ID)) > 0 })
	if e := j.inbox.events(made.ID)[0]; e.EventType != "CREATED" || e.ObjectType != "contacts" {
		j.t.Errorf("told %+v", e)
	}
	l := j.inbox.letters()[0]
	mac := hmac.New(sha256.New, []byte("abcd1234efgh5678"))
	mac.Write(l.Body)
	if got, want := l.Header.Get("Elements-Webhook-Signature"), "sha256="+base64.StdEncoding.EncodeToString(mac.Sum(nil)); got != want {
		j.t.Errorf("signature %q, want %q", got, want)
	}
	if l.Header.Get("Webhook-Id") == "" || l.Header.Get("Elements-Webhook-Id") != l.Header.Get("Webhook-Id") {
		j.t.Errorf("headers %v", l.Header)
	}
	shown := j.owner.ok(http.MethodGet, path(shop, ""), nil).object()
	if c := shown["configuration"].(map[string]any); c["api.password"] != "********" || c["api.username"] != "sim-user" {
		j.t.Errorf("configuration %v", c)
	}
	return shop
}

// consent: an instance of a provider that asks its user, made through both addresses.
func (j *journey) consent() map[string]any {
	back := j.program.url + "/oauth/callback"
	query := url.Values{"apiKey": {"sim-client"}, "callbackUrl": {"https://mycoolapp.com"}, "base.url": {j.actURL}}
	j.owner.ok(http.MethodGet, "/elements/acton/oauth/url?"+query.Encode(), nil).says(j.actURL)
	draft := j.owner.crmBody("CRM", map[string]any{"oauth.callback.url": back})
	asked := j.owner.ok(http.MethodPost, "/elements/acton/oauth/url", map[string]any{"instance": draft, "callbackUrl": back}).object()
	page, err := j.client.Get(fmt.Sprint(asked["oauthUrl"]))
	if err != nil {
		j.t.Fatal(err)
	}
	text, _ := io.ReadAll(page.Body)
	_ = page.Body.Close()
	if page.StatusCode != http.StatusOK || !strings.Contains(string(text), "sim-client asks for access") || !strings.Contains(string(text), "PRODUCTION") {
		j.t.Fatalf("the provider's page: %d %s", page.StatusCode, text)
	}
	res, err := j.client.PostForm(fmt.Sprint(asked["oauthUrl"]), url.Values{"decision": {"allow"}}) // what the form of the provider's page sends
	if err != nil {
		j.t.Fatal(err)
	}
	_ = res.Body.Close()
	location, err := res.Location()
	if err != nil {
		j.t.Fatalf("the provider answered %d: %v", res.StatusCode, err)
	}
	made := visitor{journey: j}.ok(http.MethodGet, location.RequestURI(), nil).object()
	id, _ := made["instanceId"].(float64)
	crm := j.owner.ok(http.MethodGet, fmt.Sprintf("/instances/%.0f", id), nil).object()
	c, err := j.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Bea"}})
	if err != nil {
		j.t.Fatal(err)
	}
	j.await("the contact of the list is told", func() bool { return len(j.inbox.events(c.ID)) > 0 })
	visitor{journey: j}.call(http.MethodGet, location.RequestURI(), nil, http.StatusBadRequest) // the state is used up
	return crm
}

// events: what was told can be looked at, by id and by token.
func (j *journey) events(shop map[string]any) {
	token := visitor{journey: j, user: "user", token: tokenOf(shop)}
	var list []map[string]any
	j.await("the event is shown as delivered", func() bool {
		list = j.owner.ok(http.MethodGet, path(shop, "/events?state=delivered"), nil).list()
		return len(list) > 0
	})
	event := fmt.Sprint(list[0]["id"])
	j.owner.ok(http.MethodGet, path(shop, "/events/"+event), nil).says("NOTIFIED")
	token.ok(http.MethodGet, "/instances/events", nil).says(event)
	token.ok(http.MethodGet, "/instances/events/"+event, nil).says("ada@example.com")
	j.owner.ok(http.MethodGet, path(shop, "/events/"+event+"/explanation"), nil).says("created inside the window").says(`"poll":{`)
	token.ok(http.MethodGet, "/instances/events/"+event+"/explanation", nil).says("createdDate")
	token.call(http.MethodGet, "/instances/events/unknown/explanation", nil, http.StatusNotFound)
	token.ok(http.MethodGet, "/instances/events/dispositions", nil).says(event)
	j.owner.ok(http.MethodGet, path(shop, "/changes?type=CREATED"), nil).says("contacts")
	for _, below := range []string{"", "/instances", "/accounts"} {
		j.owner.ok(http.MethodGet, "/instances/events/analytics"+below+"?interval=minute", nil)
	}
	j.owner.call(http.MethodGet, "/instances/events/analytics?interval=century", nil, http.StatusBadRequest)
	before := len(j.inbox.letters())
	j.owner.ok(http.MethodPost, path(shop, "/events/"+event+"/redeliver"), nil)
	j.await("the event is sent again", func() bool { return len(j.inbox.letters()) > before })
	letters := j.inbox.letters()
	if first, last := letters[0], letters[len(letters)-1]; first.Header.Get("Webhook-Id") != last.Header.Get("Webhook-Id") || string(first.Body) != string(last.Body) {
		j.t.Error("what is sent again is not what was sent")
	}
}

// redeliveries: all of a filter again, as a job.
func (j *journey) redeliveries(shop map[string]any) {
	job := j.owner.call(http.MethodPost, path(shop, "/events/redeliver"), map[string]any{"resource": "contacts"}, http.StatusAccepted).object()
	at := path(shop, "/jobs/"+fmt.Sprint(job["id"]))
	j.await("the job is done", func() bool { return j.owner.ok(http.MethodGet, at, nil).object()["state"] == "done" })
	j.owner.ok(http.MethodGet, path(shop, "/jobs"), nil).says(fmt.Sprint(job["id"]))
	j.owner.ok(http.MethodDelete, at, nil)
	j.owner.call(http.MethodPost, path(shop, "/events/redeliver"), map[string]any{"resuorce": "contacts"}, http.StatusBadRequest)
}

// deadLetters: what a receiver refuses is kept, and can be sent again.
func (j *journey) deadLetters() {
	in := j.owner.shop("Refused", map[string]any{"event.notification.retries": "none"})
	j.inbox.answer(http.StatusUnprocessableEntity)
	j.icontact.CreateContact(icontact.Contact{Email: "refused@example.com"})
	var list []map[string]any
	j.await("a dead letter", func() bool {
		list = j.owner.ok(http.MethodGet, path(in, "/deadletters"), nil).list()
		return len(list) > 0
	})
	j.inbox.answer(http.StatusOK)
	at := path(in, "/deadletters/"+escaped(fmt.Sprint(list[0]["id"])))
	j.owner.ok(http.MethodGet, at, nil).says("refused@example.com")
	before := len(j.inbox.letters())
	j.owner.ok(http.MethodPost, at+"/redeliver", nil)
	j.await("the dead letter is sent", func() bool { return len(j.inbox.letters()) > before })
	j.owner.ok(http.MethodDelete, path(in, ""), nil)
}

// callback: paused, tested, resumed, and signed with a new secret.
func (j *journey) callback(shop map[string]any) {
	at := path(shop, "/callback/paused")
	j.owner.ok(http.MethodPut, at, map[string]any{"reason": "release of the shop"}).says("release of the shop")
	j.owner.ok(http.MethodDelete, at, nil)
	if test := j.owner.ok(http.MethodPost, path(shop, "/callback/test"), nil).object(); test["delivered"] != true {
		j.t.Errorf("test %v", test)
	}
	j.owner.ok(http.MethodPost, path(shop, "/webhook/secret/rotate"), map[string]any{"overlap": "1h"}).says("whsec_")
}

// polling: what is remembered and what became of polls.
func (j *journey) polling(shop map[string]any) {
	token := visitor{journey: j, user: "user", token: tokenOf(shop)}
	j.owner.ok(http.MethodGet, path(shop, "/event-poller-records"), nil).says("contacts")
	token.ok(http.MethodGet, "/instances/event-poller-records", nil).says("contacts")
	j.owner.ok(http.MethodGet, path(shop, "/polls"), nil).says("contacts")
	j.owner.ok(http.MethodGet, path(shop, "/limits"), nil).says(`"perSeconds":86400`)
	token.ok(http.MethodGet, "/instances/limits", nil).says(idOf(shop))
}

// held: many deletions at once wait for a word.
func (j *journey) held() {
	var ids []string
	for i := range 12 {
		ids = append(ids, j.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", i)}).ID)
	}
	in := j.owner.shop("Deletions", map[string]any{"event.poller.configuration": map[string]any{"contacts": map[string]any{
		"url": "/hubs/general/contacts", "idField": "contactId", "detect": "hash", "detectDeletes": true, "deleteGuard": map[string]any{"percent": 10, "ids": 2}}}})
	j.await("the baseline", func() bool {
		rows := j.owner.ok(http.MethodGet, path(in, "/event-poller-records"), nil).list()
		return len(rows) == 1 && rows[0]["baselined"] == true
	})
	for _, id := range ids {
		if _, err := j.icontact.DeleteContact(id); err != nil {
			j.t.Fatal(err)
		}
	}
	at := path(in, "/resources/contacts/held")
	j.await("the deletions are held, and told on a word", func() bool {
		return j.owner.send(http.MethodPut, at, map[string]any{"decision": "confirm"}).status == http.StatusOK
	})
	j.await("the deletions are told", func() bool {
		events := j.inbox.events(ids[11])
		return len(events) > 0 && events[len(events)-1].EventType == "DELETED"
	})
	j.owner.ok(http.MethodDelete, path(in, ""), nil)
}

// stopped: an instance whose credentials are refused is stopped, says so, and is enabled again.
func (j *journey) stopped() {
	in := j.owner.shop("Wrong", map[string]any{"api.password": "wrong"})
	j.await("its polling is stopped", func() bool {
		for _, s := range j.owner.ok(http.MethodGet, "/instances/polling-disabled", nil).list() {
			if idOf(map[string]any{"id": s["instanceId"]}) == idOf(in) {
				return true
			}
		}
		return false
	})
	j.owner.ok(http.MethodPut, path(in, "/enabled"), nil)
	j.owner.ok(http.MethodDelete, path(in, ""), nil)
}

// audit: who did what.
func (j *journey) audit() {
	j.owner.ok(http.MethodGet, "/audit?action=instance.create", nil).says("Shop")
	j.owner.call(http.MethodGet, "/audit?from=yesterday", nil, http.StatusBadRequest)
}

// deleted: an instance that is gone is gone, and so is its token.
func (j *journey) deleted(instances ...map[string]any) {
	for _, in := range instances {
		j.owner.ok(http.MethodDelete, path(in, ""), nil)
		j.owner.call(http.MethodGet, path(in, ""), nil, http.StatusNotFound)
		j.owner.call(http.MethodDelete, path(in, ""), nil, http.StatusNotFound)
		visitor{journey: j, user: "user", token: tokenOf(in)}.call(http.MethodGet, "/instances/events", nil, http.StatusUnauthorized)
	}
}
