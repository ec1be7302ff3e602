package crash

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// gone is the version of an object that was deleted.
const gone = "deleted"

// contents is a resource that is compared by content, with deletions. The provider shows no date of its records, or the test leaves it out: what
// tells one version from another is a text among the content, which the test sets.
type contents struct {
	element, name, records string // records are its name in the simulator's control API
	list                   string // the list whose rows it has; "" = none
	field                  string // where the text lies that is the version
	path                   string // of its pages at the provider
	entry                  map[string]any
	live                   []string // ids, the newest last
}

// contentPages makes a scan several pages long: the list that a world begins with has contentRows.
const (
	contentPages = 8
	contentRows  = 45
)

// everyContents are iContact's lists, which have no date, and the rows of an Act-On list, whose dates do not count: a row that is written as it
// was has another date and the same content.
func everyContents() []*contents {
	entry := func(url, id string, more map[string]any) map[string]any {
		all := map[string]any{"url": url, "idField": id, "detect": "hash", "detectDeletes": true, "pageSize": contentPages}
		for name, value := range more {
			all[name] = value
		}
		return all
	}
	return []*contents{
		{element: "icontact", name: "lists", records: "lists", field: "description", path: "/icp/a/910001/c/82001/lists",
			entry: entry("/hubs/marketing/lists", "listId", nil)},
		{element: "acton", name: "members", records: "contacts", list: "l-0002", field: "First Name", path: "/api/1/list/l-0002",
			entry: entry("/hubs/marketing/lists/l-0002/contacts", "_contact_id_", map[string]any{"detectExclude": []string{"__modified_date", "__created_date"}})},
	}
}

// byDates are the entries of the resources that an instance has by default.
var byDates = map[string]map[string]any{
	"icontact": {"contacts": map[string]any{"url": "/hubs/marketing/contacts"}, "messages": map[string]any{"url": "/hubs/marketing/messages"}},
	"acton":    {"contacts": map[string]any{"url": "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'"}},
}

// keyOf is the version that an entry of a simulator's ledger made, and whether its resource is compared by content.
func keyOf(element string, e simkit.Entry) (k key, content bool, err error) {
	k = key{element, e.Resource, e.ID, e.Version}
	for _, c := range everyContents() {
		if c.element == element && c.records == e.Resource && strings.HasPrefix(e.ID, c.list) {
			k.Resource, content = c.name, true
			k.Version, err = versionOf(c.name, e.Record)
		}
	}
	if e.Op == simkit.Delete {
		k.Version = gone
	}
	return k, content, err
}

// versionOf is the text that tells a version of a record of a resource from others.
func versionOf(resource string, record json.RawMessage) (string, error) {
	fields := []string{"__modified_date", "createDate"}
	for _, c := range everyContents() {
		if c.name == resource {
			fields = []string{c.field}
		}
	}
	var values map[string]any
	if err := json.Unmarshal(record, &values); err != nil {
		return "", fmt.Errorf("a record of %s: %w", resource, err)
	}
	for _, field := range fields {
		if text, ok := values[field].(string); ok {
			return text, nil
		}
	}
	return "", fmt.Errorf("a record of %s has no %q: %s", resource, fields, record)
}

// isLaterPage says whether a request is for a page of a scan by content that is not its first.
func isLaterPage(u *url.URL) bool {
	offset := u.Query().Get("offset")
	return offset != "" && offset != "0" && isContentPage(u)
}

func isContentPage(u *url.URL) bool {
	return slices.ContainsFunc(everyContents(), func(c *contents) bool { return u.Path == c.path })
}

// seed makes the records that are there before the watch begins.
func (w *world) seed() {
	w.t.Helper()
	w.control(http.MethodPost, "acton", "lists", map[string]any{"id": "l-0002"}, &struct{}{})
	for _, c := range w.contents {
		for n := range contentRows {
			if err := c.create(w.t.Context(), w, fmt.Sprint("base ", n)); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// watched waits until each resource has been polled, so that all that is there is remembered. What happens from now on is to be told.
func (w *world) watched() {
	w.t.Helper()
	for element, id := range w.instances {
		polled := map[string]bool{}
		await(w.t, func() bool {
			var polls []struct {
				Resource string
				Error    *struct{ Message string }
			}
			w.must(http.MethodGet, fmt.Sprintf("/instances/%d/polls", id), nil, &polls)
			for _, p := range polls {
				polled[p.Resource] = polled[p.Resource] || p.Error == nil
			}
			return len(polled) > len(byDates[element])
		}, func() string { return fmt.Sprintf("%s: only %v was polled\n%s", element, polled, w.program.said()) })
	}
	if err := w.account.update(); err != nil {
		w.t.Fatal(err)
	}
	w.account.watch()
}

// deletionsOpen is how many deletions at most wait to be told: more at once would be held by the guard.
const deletionsOpen = 8

// mutate does something to one record: creates, deletes, changes it, or writes it as it is. Now and then it has the provider fail in the midst of the
// next scan, which then goes on from there, or leave a record out of one.
func (c *contents) mutate(ctx context.Context, w *world, rng *rand.Rand, n int) error {
	version, what := fmt.Sprint("v", n), rng.IntN(60)
	switch {
	case what == 0:
		return w.tryControl(ctx, http.MethodPost, c.element, "faults", c.faults(rng), &[]any{})
	case what < 10:
		newest := c.live[len(c.live)-1:]
		if len(w.account.sent(newest, c.element, c.name)) == 0 {
			return nil
		}
		return w.try(ctx, http.MethodPost, w.urls[c.element]+"/_vanish?id="+url.QueryEscape(newest[0]), nil, new(int))
	case what < 24 && len(c.live) < contentRows*3/2 || len(c.live) < contentRows/2:
		return c.create(ctx, w, version)
	}
	sent := w.account.sent(c.live[:len(c.live)-1], c.element, c.name) // iContact's simulator gives the id of the last list again
	if len(sent) == 0 {
		return nil
	}
	id := sent[rng.IntN(len(sent))]
	switch {
	case what < 40 && w.account.deletionsOf(c.element) < deletionsOpen:
		c.live = slices.DeleteFunc(c.live, func(other string) bool { return other == id })
		return w.tryControl(ctx, http.MethodDelete, c.element, c.at(id), nil, &simkit.Entry{})
	case what < 50:
		version = w.account.versionOf(c.element, c.name, id)
	}
	return w.tryControl(ctx, http.MethodPatch, c.element, c.at(id), c.body(version), &simkit.Entry{})
}

// faults are two, mostly in one scan and the next: a scan that goes on behind a fault must know what it saw before, and two that did not would be what a
// deletion looks like.
func (c *contents) faults(rng *rand.Rand) []map[string]any {
	first := 1 + rng.IntN(2)*rng.IntN(contentRows/contentPages)
	fault := func(skip int) map[string]any {
		return map[string]any{"prefix": c.path, "skip": skip, "status": http.StatusServiceUnavailable}
	}
	return []map[string]any{fault(first), fault(first + 4 + rng.IntN(8))}
}

func (c *contents) at(id string) string { return "records/" + c.records + "/" + id }

func (c *contents) create(ctx context.Context, w *world, version string) error {
	var made simkit.Entry
	err := w.tryControl(ctx, http.MethodPost, c.element, "records/"+c.records, c.body(version), &made)
	c.live = append(c.live, made.ID)
	return err
}

// body is what the control API is told of a record with a version.
func (c *contents) body(version string) map[string]any {
	if c.list == "" {
		return map[string]any{c.field: version}
	}
	return map[string]any{"listId": c.list, "fields": map[string]string{c.field: version}}
}

// vanished is how many records were left out of an answer.
func (w *world) vanished() (n int) {
	for element := range w.instances {
		var some int
		if err := w.try(w.t.Context(), http.MethodGet, w.urls[element]+"/_vanish", nil, &some); err != nil {
			w.t.Error(err)
		}
		n += some
	}
	return n
}
