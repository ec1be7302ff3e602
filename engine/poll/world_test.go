package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
	"github.com/pollwright/pollwright/sdk"
)

var epoch = time.UnixMilli(1_780_531_200_000).UTC()

// world is one resource of one instance, polled through a made-up adapter that pages over rows by offset.
type world struct {
	t       *testing.T
	now     time.Time
	rows    []row
	size    int                                     // rows per page
	before  func(offset int)                        // called before each page is read
	reply   func(call sdk.Call) (*sdk.Reply, error) // replaces the paging if it returns something
	answer  func(f sdk.Fetch) (Answer, error)
	renew   func(generation uint64) error
	store   *watched
	poller  *Poller
	job     Job
	queries []sdk.Query
	fetches int
	handed  int
}

type row struct {
	id               string
	created, updated time.Time
}

func (r row) json() json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"id":%q,"created":%d,"updated":%d}`, r.id, r.created.UnixMilli(), r.updated.UnixMilli()))
}

// watched counts commits and can fail or precede them.
type watched struct {
	store.Store
	commits int
	before  func(changes []store.Change) error
}

func (w *watched) Commit(ctx context.Context, changes ...store.Change) ([]store.Outcome, error) {
	if w.before != nil {
		if err := w.before(changes); err != nil {
			return nil, err
		}
	}
	w.commits++
	return w.Store.Commit(ctx, changes...)
}

func setup(t *testing.T, limits Limits) *world {
	t.Helper()
	w := &world{t: t, now: epoch, size: 3}
	w.store = &watched{Store: memstore.New(func() time.Time { return w.now })}
	log := slog.New(slog.DiscardHandler)
	var err error
	w.poller, err = New(Config{
		Store: w.store, Journal: NewJournal(w.store, 7*24*time.Hour, log), Now: func() time.Time { return w.now }, Limits: limits, Logger: log,
		Committed: func(_ []store.Notification, seqs []store.Seq) { w.handed += len(seqs) },
	})
	if err != nil {
		t.Fatal(err)
	}
	w.job = w.newJob()
	first, err := First(w.job.Instance.ID, w.job.Resource, w.job.Plan, epoch)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.One(w.store.Store.Commit(t.Context(), store.Change{Puts: []store.Put{first}})); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) newJob() Job {
	date := func(field string) instance.DateField { return instance.DateField{Field: field, Format: "milliseconds"} }
	res := &instance.Resource{
		Name: "contacts", Reads: "contacts", URL: "/hubs/general/contacts?where=updated>='${epoch}'",
		Fields: instance.Fields{ID: "id", Updated: date("updated"), Created: date("created")}, Overlap: 2 * time.Minute, Tolerance: 10 * time.Second,
	}
	plan, err := res.Compile()
	if err != nil {
		w.t.Fatal(err)
	}
	in := &instance.Instance{ID: 42, Name: "Test", Element: "made-up", Resources: []instance.Resource{*res}}
	return Job{
		Instance: in, Resource: res, Plan: plan, Adapter: w, Provider: w,
		Element: sdk.Manifest{Key: "made-up", Name: "Made Up", Hub: "general", Resources: []sdk.Resource{{Name: "contacts", Path: "/contacts", Since: []string{"updated"}}}},
		Source:  deliver.Source{InstanceID: 42, InstanceName: "Test", ElementKey: "made-up", Hub: "general", Resource: "contacts"},
	}
}

// Step is the made-up adapter: one fetch, then a page that overlaps the next by a row.
func (w *world) Step(_ context.Context, call sdk.Call) (sdk.Reply, error) {
	if w.reply != nil {
		if reply, err := w.reply(call); reply != nil || err != nil {
			if err != nil {
				return sdk.Reply{}, err
			}
			return *reply, nil
		}
	}
	if call.Response == nil {
		w.queries = append(w.queries, call.Query)
		return sdk.Reply{Fetch: &sdk.Fetch{Path: "/contacts"}}, nil
	}
	offset, _ := strconv.Atoi(call.Query.Page)
	if w.before != nil {
		w.before(offset)
	}
	total := int64(len(w.rows))
	page := sdk.Page{Overlap: 1, Total: &total}
	end := min(offset+w.size, len(w.rows))
	for _, r := range w.rows[min(offset, len(w.rows)):end] {
		page.Records.Inline = append(page.Records.Inline, sdk.Raw(r.json()))
	}
	if end < len(w.rows) {
		page.Next = strconv.Itoa(end - 1)
	}
	return sdk.Reply{Page: &page}, nil
}

func (w *world) Send(_ context.Context, f sdk.Fetch) (Answer, error) {
	w.fetches++
	if w.answer != nil {
		return w.answer(f)
	}
	return Answer{Response: sdk.Response{Status: 200, Body: []byte("{}")}, Date: w.now, Generation: 1}, nil
}

func (w *world) Renew(_ context.Context, generation uint64) error {
	if w.renew == nil {
		return ErrNotRenewable
	}
	return w.renew(generation)
}

// add makes rows that were created at seconds after the epoch.
func (w *world) add(prefix string, n int, seconds float64) {
	at := epoch.Add(time.Duration(seconds * float64(time.Second)))
	for i := range n {
		w.rows = append(w.rows, row{fmt.Sprint(prefix, i), at, at})
	}
}

func (w *world) poll(seconds float64) Outcome {
	w.t.Helper()
	w.now = epoch.Add(time.Duration(seconds * float64(time.Second)))
	out, err := w.poller.Poll(w.t.Context(), w.job)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

// told lists what lies in the outbox, in order: "CREATED a0".
func (w *world) told() (all []string) {
	w.t.Helper()
	rows, err := w.store.Outbox(w.t.Context(), store.Lane{Instance: "42"}, 0, 10_000)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range rows {
		var body struct {
			Message struct {
				Events []struct{ EventType, ObjectID string }
			}
		}
		if err := json.Unmarshal(n.Payload, &body); err != nil {
			w.t.Fatal(err)
		}
		for _, e := range body.Message.Events {
			all = append(all, e.EventType+" "+e.ObjectID)
		}
	}
	return all
}

func (w *world) mark() time.Time {
	w.t.Helper()
	_, det, err := loadDetector(w.t.Context(), w.store, w.job, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	return det.mark()
}

var errBroken = errors.New("broken on purpose")
