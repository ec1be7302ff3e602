package engine_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// A request with a key makes one instance, however often it comes: at once, after a restart, and until the key has expired.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	body := w.body("icontact", nil)
	create := func(key string, body []byte) (*engine.Instance, error) {
		return w.engine.Create(t.Context(), w.caller, engine.Creation{Body: body, IdempotencyKey: key})
	}
	var all sync.WaitGroup
	made := make([]*engine.Instance, 20)
	for i := range made {
		all.Go(func() {
			in, err := create("key", body)
			for errors.As(err, new(*engine.ConflictError)) { // another one is under way
				in, err = create("key", body)
			}
			if err != nil {
				t.Error(err)
			}
			made[i] = in
		})
	}
	all.Wait()
	if t.Failed() {
		return
	}
	fresh := slices.DeleteFunc(slices.Clone(made), func(in *engine.Instance) bool { return in.Replayed })
	if len(fresh) != 1 {
		t.Fatalf("%d of 20 requests made an instance, want one", len(fresh))
	}
	first := fresh[0]
	same := func(in *engine.Instance, err error) {
		t.Helper()
		if err != nil || !in.Replayed || in.ID != first.ID || in.Token != first.Token || in.WebhookSecret != first.WebhookSecret || in.WebhookSecret == "" {
			t.Fatalf("%v, want the answer again", err)
		}
	}
	for _, in := range made {
		if in != first {
			same(in, nil)
		}
	}
	w.stop()
	w.start()
	same(create("key", body))
	if _, err := create("key", append(body, ' ')); !errors.As(err, new(*engine.ReusedKeyError)) {
		t.Errorf("another body: %v, want that the key was used", err)
	}
	if _, err := create("bad", []byte(`{"element":{"key":"icontact"}}`)); err == nil {
		t.Error("a body without credentials is no error")
	}
	if in, err := create("bad", body); err != nil || in.Replayed {
		t.Errorf("after a request that failed: %v", err)
	}
	ahead.Store(int64(engine.IdempotencyTime))
	second, err := create("key", body)
	if err != nil || second.Replayed || second.ID == first.ID {
		t.Fatalf("after the key has expired: %v, %+v", err, second)
	}
	if err := w.engine.DeleteInstance(t.Context(), w.caller, second.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := create("key", body); !errors.As(err, new(*engine.ConflictError)) {
		t.Errorf("after its instance was deleted: %v, want a conflict", err)
	}
	ahead.Store(int64(2 * engine.IdempotencyTime))
	if err := w.engine.DropMemories(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in, err := create("key", body); err != nil || in.Replayed || in.ID != second.ID {
		t.Errorf("after all was forgotten: %v, %+v; want the free id", err, in)
	}
}

func TestInstancesAreFound(t *testing.T) {
	t.Parallel()
	w := setup(t)
	make := func(element, name string, tags ...string) int64 {
		t.Helper()
		body := edit(t, w.body(element, map[string]any{"event.notification.enabled": false}), func(m map[string]any) {
			m["name"] = name
			delete(m, "tags")
			if len(tags) > 0 {
				m["tags"] = tags
			}
		})
		return w.create(body).ID
	}
	a, b, c := make("icontact", "Shop One", "x", "y"), make("icontact", "shop two", "x"), make("icontact", "CRM")
	find := func(q engine.InstancesQuery) (ids []int64) {
		t.Helper()
		for q.Size = 1; ; { // page by page
			list, next, err := w.engine.Instances(t.Context(), w.caller, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range list {
				ids = append(ids, in.ID)
			}
			if q.Page = next; next == "" {
				slices.Sort(ids)
				return ids
			}
		}
	}
	for _, tt := range []struct {
		query engine.InstancesQuery
		want  []int64
	}{
		{engine.InstancesQuery{}, []int64{a, b, c}},
		{engine.InstancesQuery{Tags: []string{"x"}}, []int64{a, b}},
		{engine.InstancesQuery{Tags: []string{"x", "y"}}, []int64{a}},
		{engine.InstancesQuery{Search: "SHOP"}, []int64{a, b}},
		{engine.InstancesQuery{Search: "two", Tags: []string{"y"}}, nil},
		{engine.InstancesQuery{Tags: []string{"CRM"}}, []int64{c}}, // the name, by default
		{engine.InstancesQuery{Element: "icontact", Search: "c"}, []int64{c}},
		{engine.InstancesQuery{Element: "acton"}, nil},
	} {
		slices.Sort(tt.want)
		if got := find(tt.query); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v, want %v", tt.query, got, tt.want)
		}
	}
	if _, _, err := w.engine.Instances(t.Context(), w.caller, engine.InstancesQuery{Element: "none", Size: 1}); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("an element that there is none of: %v", err)
	}
	if counts, err := w.engine.CountInstances(t.Context(), w.caller); err != nil || counts["icontact"] != 3 || len(counts) != 1 {
		t.Errorf("counts %v, %v", counts, err)
	}
}

// The path names the element; a body may repeat it and name no other.
func TestCreateOfElement(t *testing.T) {
	t.Parallel()
	w := setup(t)
	body := w.body("icontact", map[string]any{"event.notification.enabled": false})
	bare := edit(t, body, func(m map[string]any) { delete(m, "element") })
	for name, c := range map[string]engine.Creation{"repeated": {Body: body, Element: "icontact"}, "left out": {Body: bare, Element: "13766"}} {
		in, err := w.engine.Create(t.Context(), w.caller, c)
		if err != nil || in.Element.Key != "icontact" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.engine.Create(t.Context(), w.caller, engine.Creation{Body: body, Element: "acton"}); err == nil || !contains(err, "element.key") {
		t.Errorf("another element: %v, want a fault of element.key", err)
	}
	if _, err := w.engine.Create(t.Context(), w.caller, engine.Creation{Body: bare, Element: "none"}); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("no such element: %v", err)
	}
	if _, err := w.engine.Create(t.Context(), w.caller, engine.Creation{Body: bare}); err == nil || !contains(err, "element") {
		t.Errorf("no element: %v", err)
	}
}

// edit changes a body.
func edit(t *testing.T, body []byte, change func(map[string]any)) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatal(err)
	}
	change(m)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func contains(err error, text string) bool { return strings.Contains(err.Error(), text) }
