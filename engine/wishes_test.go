package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// contacts makes n contacts at the provider and returns their ids.
func (w *world) contacts(n int) (ids []string) {
	for i := range n {
		ids = append(ids, w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", i)}).ID)
	}
	return ids
}

// polledOn waits until a poll of the contacts that began after what is there now has found nothing new: all before is in the outbox, and the sender had
// time for it.
func (w *world) polledOn(in *engine.Instance) {
	w.t.Helper()
	seen := map[string]bool{}
	outcomes, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, o := range outcomes {
		seen[o.ID] = true
	}
	w.outcome(in, "nothing new", func(o engine.Outcome) bool { return !seen[o.ID] && o.Resource == "contacts" && o.Idle() })
}

func TestNotificationsAreAsTheUserWishes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for name, c := range map[string]struct {
		change map[string]any
		kind   string                     // content type
		ids    func(body string) []string // of the objects that a body tells of
		most   int
	}{
		"elements":     {map[string]any{"event.notification.batch": 3}, "application/json", elementsIDs, 3},
		"a CloudEvent": {map[string]any{"event.notification.format": "cloudevents"}, "application/cloudevents+json", cloudEventID, 1},
		"CloudEvents": {map[string]any{"event.notification.format": "CloudEvents", "event.notification.batch": "4"},
			"application/cloudevents-batch+json", cloudEventIDs, 4},
		"standard": {map[string]any{"event.notification.format": "standard", "event.notification.batch": 100}, "application/json", standardIDs, 100},
	} {
		t.Run(name, func(t *testing.T) {
			r := w.recorder()
			add(c.change, map[string]any{
				"event.notification.callback.url": r.url, "event.notification.lanes": 1,
				"event.notification.callback.headers": map[string]any{"x-key": "header-secret"},
				"event.notification.basic.username":   "ann", "event.notification.basic.password": "pass:word",
			})
			in := w.create(w.body("icontact", c.change))
			want := w.contacts(6)
			var got []string
			await(t, "six contacts", func() bool {
				got = nil
				for _, p := range r.posts() {
					got = append(got, c.ids(p.body)...)
				}
				return len(got) >= len(want)
			})
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("told of %v, want %v", got, want)
			}
			greatest := 0
			for _, p := range r.posts() {
				greatest = max(greatest, len(c.ids(p.body)))
				user, password, _ := (&http.Request{Header: p.header}).BasicAuth()
				if p.header.Get("Content-Type") != c.kind || p.header.Get("X-Key") != "header-secret" || user != "ann" || password != "pass:word" {
					t.Errorf("headers %v", p.header)
				}
				if p.signedBy(t, in.WebhookSecret) == "" || p.header.Get("Elements-Webhook-Signature") != deliver.Sign([]byte("abcd1234efgh5678"), []byte(p.body)) {
					t.Errorf("not signed: %v", p.header)
				}
			}
			if greatest > c.most || c.most > 1 && greatest < 2 {
				t.Errorf("%d events in a notification, want at most %d, and more than one where that is allowed", greatest, c.most)
			}
			if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
				t.Fatal(err)
			}
		})
	}
	if strings.Contains(w.logs.text(), "header-secret") || strings.Contains(w.logs.text(), "pass:word") {
		t.Error("the log holds a secret")
	}
}

func decode[T any](body string) (v T) {
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		panic(err)
	}
	return v
}

func elementsIDs(body string) (ids []string) {
	for _, e := range read([]byte(body), nil) {
		ids = append(ids, e.ID)
	}
	return ids
}

type cloudEvent struct{ SpecVersion, Type, Subject string }

func cloudEventID(body string) []string { return []string{decode[cloudEvent](body).Subject} }

func cloudEventIDs(body string) (ids []string) {
	for _, e := range decode[[]cloudEvent](body) {
		ids = append(ids, e.Subject)
	}
	return ids
}

func standardIDs(body string) (ids []string) {
	type standard struct {
		Type string
		Data struct{ Events []struct{ ObjectID string } }
	}
	for _, e := range decode[standard](body).Data.Events {
		ids = append(ids, e.ObjectID)
	}
	return ids
}

// With strict order one request is under way whatever waits; by object several are.
func TestStrictOrderSendsOneAtATime(t *testing.T) {
	t.Parallel()
	for _, order := range []string{"strict", "object"} {
		t.Run(order, func(t *testing.T) {
			t.Parallel()
			w := setup(t)
			r, hold := w.recorder(), make(chan struct{})
			r.hold = hold
			in := w.create(w.body("icontact", map[string]any{
				"event.notification.callback.url": r.url, "event.notification.order": order, "event.notification.batch": 1,
			}))
			ids := w.contacts(12)
			if order == "object" {
				await(t, "several requests under way", func() bool { now, _ := r.flight(); return now > 1 })
			} else {
				r.wait(t, 1)
				w.polledOn(in)
			}
			close(hold)
			r.wait(t, len(ids))
			if _, most := r.flight(); order == "strict" && most != 1 {
				t.Errorf("%d requests were under way at once", most)
			}
		})
	}
}

func TestRefusedNotificationsAreRetriedAsTheUserWishes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for wish, want := range map[string]int{"none": 1, "1ms": 2, `["1ms", 0.001, "0"]`: 4} {
		t.Run(wish, func(t *testing.T) {
			r := w.recorder()
			r.answer = func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadRequest) }
			in := w.create(w.body("icontact", map[string]any{"event.notification.callback.url": r.url, "event.notification.retries": wish}))
			w.contacts(1)
			var letters []engine.DeadLetter
			await(t, "a dead letter", func() bool {
				var err error
				if letters, _, err = w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10); err != nil {
					t.Fatal(err)
				}
				return len(letters) > 0
			})
			if letters[0].Attempts != want || len(r.posts()) != want {
				t.Errorf("given up after %d attempts, %d requests, want %d", letters[0].Attempts, len(r.posts()), want)
			}
			if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// What package instance takes for the defaults and the limits of package deliver are those.
func TestDefaultsAgree(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"", instance.FormatElements, instance.FormatCloudEvents, instance.FormatStandard} {
		in := instance.Instance{Events: instance.Events{Delivery: instance.Delivery{Format: format}}}
		usual, _ := deliver.Format(format).Batches()
		if view := in.View(); view[instance.KeyBatch] != strconv.Itoa(usual) || !deliver.Format(view[instance.KeyFormat]).Known() {
			t.Errorf("%q is shown with %s events as %s; its usual number is %d", format, view[instance.KeyBatch], view[instance.KeyFormat], usual)
		}
	}
	w := setup(t)
	for format, limit := range map[string]int{"elements": 10, "cloudevents": deliver.MaxBatch, "standard": deliver.MaxBatch} {
		if _, most := deliver.Format(format).Batches(); most != limit {
			t.Errorf("%s takes %d", format, most)
		}
		w.create(w.body("icontact", map[string]any{"event.notification.format": format, "event.notification.batch": limit, "event.notification.lanes": deliver.MaxLanes}))
		w.refused("icontact", map[string]any{"event.notification.format": format, "event.notification.batch": limit + 1})
		w.refused("icontact", map[string]any{"event.notification.lanes": deliver.MaxLanes + 1})
	}
}
