package engine_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/hub"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// silent is an instance that is not polled.
var silent = map[string]any{"event.notification.enabled": false, "event.notification.callback.url": nil, "event.notification.signature.key": nil}

// read reads a hub; parameters are pairs of a name and a value.
func (w *world) read(in *engine.Instance, path string, parameters ...string) (engine.HubAnswer, error) {
	w.t.Helper()
	values := url.Values{}
	for i := 0; i+1 < len(parameters); i += 2 {
		values.Set(parameters[i], parameters[i+1])
	}
	return w.engine.ReadHub(context.Background(), w.caller, in.ID, path, values.Encode())
}

// readAll reads a hub from the first page to the end, and returns the values of a field, with the number of the answers.
func (w *world) readAll(in *engine.Instance, field, path string, parameters ...string) (values []string, answers int) {
	w.t.Helper()
	parameters = append([]string{"nextPage", ""}, parameters...)
	for {
		a, err := w.read(in, path, parameters...)
		if err != nil {
			w.t.Fatalf("%s %q: %v", path, parameters, err)
		}
		answers++
		for _, record := range a.Records {
			values = append(values, fieldOf(w.t, record, field))
		}
		if a.Next == "" {
			return values, answers
		}
		parameters[1] = a.Next
	}
}

func fieldOf(t *testing.T, record json.RawMessage, name string) string {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(record, &m); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(m[name])
}

// readers makes contacts at iContact: every third is bounced, names run backwards.
func (w *world) readers(n int) (ids []string) {
	for i := range n {
		c := icontact.Contact{Email: fmt.Sprintf("reader%03d@example.com", i), FirstName: fmt.Sprintf("F%02d", i%7), LastName: fmt.Sprintf("Name%03d", n-i)}
		if c.Status = "normal"; i%3 == 0 {
			c.Status = "bounced"
		}
		ids = append(ids, w.icontact.CreateContact(c).ID)
	}
	return ids
}

// Whatever the size of the pages, and whoever judges the condition, each record comes once.
func TestHubPages(t *testing.T) {
	t.Parallel()
	w := setup(t)
	ids := w.readers(205)
	in := w.create(w.body("icontact", silent))
	slices.Sort(ids)
	for _, size := range []string{"200", "100", "37"} {
		got, answers := w.readAll(in, "contactId", "contacts", "pageSize", size)
		if slices.Sort(got); !slices.Equal(got, ids) || answers > 205/atoi(size)+2 {
			t.Errorf("pageSize %s: %d contacts in %d answers, want %d", size, len(got), answers, len(ids))
		}
	}
	const condition = "status='bounced'"
	plain, _ := w.readAll(in, "contactId", "contacts", "where", condition, "pageSize", "20")
	judged, _ := w.readAll(in, "contactId", "contacts", "where", condition+" OR "+condition, "pageSize", "20")
	if !slices.Equal(plain, judged) || len(plain) != 69 {
		t.Errorf("%d and %d bounced contacts, want 69 both times", len(plain), len(judged))
	}
	second, err := w.read(in, "contacts", "page", "2", "pageSize", "100")
	if err != nil || len(second.Records) != 100 || second.Next == "" {
		t.Errorf("page 2: %d, %v", len(second.Records), err)
	}
	first, err := w.read(in, "contacts", "pageSize", "100")
	if err != nil || first.Total == nil || *first.Total != 205 || fieldOf(t, first.Records[99], "contactId") == fieldOf(t, second.Records[0], "contactId") {
		t.Errorf("page 1: total %v, %v", first.Total, err)
	}
	names, _ := w.readAll(in, "lastName", "contacts", "orderBy", "firstName desc, lastName", "fields", "lastName,firstName", "pageSize", "50")
	if len(names) != 205 || names[0] != "Name003" || names[1] != "Name010" {
		t.Errorf("sorted: %d, %.3q", len(names), names)
	}
	found, err := w.read(in, "contacts/"+ids[7], "fields", "contactId,email")
	if err != nil || !found.One || len(found.Records) != 1 || fieldOf(t, found.Records[0], "contactId") != ids[7] || strings.Contains(string(found.Records[0]), "lastName") {
		t.Errorf("one: %+v, %v", found, err)
	}
	if polls, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 10); err != nil || len(polls) > 0 {
		t.Errorf("reading is no poll: %v, %v", polls, err)
	}
}

func atoi(text string) (n int) {
	_, _ = fmt.Sscan(text, &n)
	return n
}

// A bound cuts an answer, not the result.
func TestHubBounds(t *testing.T) {
	t.Parallel()
	w := setup(t, func(c *engine.Config) { c.HubLimits = hub.Limits{Pages: 1} })
	w.readers(600)
	in := w.create(w.body("icontact", silent))
	a, err := w.read(in, "contacts", "where", "lastName='Name001' OR lastName='Name001'")
	if err != nil || len(a.Records) != 0 || a.Next == "" || a.FilteredByHost != "lastName = 'Name001' OR lastName = 'Name001'" {
		t.Errorf("%+v, %v", a, err)
	}
	if got, answers := w.readAll(in, "email", "contacts", "where", "lastName='Name001' OR lastName='Name001'"); len(got) != 1 || answers != 2 {
		t.Errorf("%q in %d answers", got, answers)
	}
	_, err = w.read(in, "contacts", "orderBy", "street")
	if invalid := (*instance.InvalidError)(nil); !errors.As(err, &invalid) || invalid.Problems[0].Path != "orderBy" {
		t.Errorf("an order of more than can be read: %v", err)
	}
}

// A token is good for the query and the instance that it came from, and cannot be made.
func TestHubTokens(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.readers(20)
	in, other := w.create(w.body("icontact", silent)), w.create(w.body("icontact", silent))
	a, err := w.read(in, "contacts", "pageSize", "5", "where", "status='normal'")
	if err != nil || a.Next == "" {
		t.Fatalf("%+v, %v", a, err)
	}
	if b, err := w.read(in, "contacts", "nextPage", a.Next, "where", "status = 'normal'", "pageSize", "3", "fields", "email"); err != nil || len(b.Records) != 3 {
		t.Errorf("the token: %d, %v", len(b.Records), err)
	}
	forged := []byte(a.Next)
	forged[len(forged)/2] ^= 1
	for what, try := range map[string]func() error{
		"another query": func() error { _, err := w.read(in, "contacts", "nextPage", a.Next); return err },
		"another resource": func() error {
			_, err := w.read(in, "messages", "nextPage", a.Next, "where", "status='normal'")
			return err
		},
		"another instance": func() error {
			_, err := w.read(other, "contacts", "nextPage", a.Next, "where", "status='normal'")
			return err
		},
		"a forged one": func() error {
			_, err := w.read(in, "contacts", "nextPage", string(forged), "where", "status='normal'")
			return err
		},
		"no token": func() error { _, err := w.read(in, "contacts", "nextPage", "eyJwIjoiMSJ9"); return err },
	} {
		if err := try(); !errors.As(err, new(*instance.InvalidError)) || !strings.Contains(err.Error(), "nextPage: is not a token of this query") {
			t.Errorf("%s: %v", what, err)
		}
	}
	stranger := w.caller
	stranger.Organization++
	if _, err := w.engine.ReadHub(context.Background(), stranger, in.ID, "contacts", ""); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another organization: %v", err)
	}
}

// What the provider answers to the reader, and that none of it is polled or remembered against the instance.
func TestHubFaults(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.readers(3)
	in := w.create(w.body("icontact", silent))
	for _, c := range []struct {
		fault simkit.Fault
		cause engine.Cause
	}{
		{simkit.Fault{Status: 401}, engine.CauseCredentials},
		{simkit.Fault{Status: 404}, engine.CauseMissing},
		{simkit.Fault{Status: 503, Header: map[string]string{"Retry-After": "7"}}, engine.CauseLimit},
		{simkit.Fault{Status: 500}, engine.CauseTrouble},
		{simkit.Fault{Cut: simkit.CutBefore, Times: -1}, engine.CauseTrouble},
		{simkit.Fault{Garbage: simkit.GarbageTruncated}, engine.CauseTrouble},
	} {
		c.fault.Prefix = "/icp"
		if err := w.icontact.Faults.Add(c.fault); err != nil {
			t.Fatal(err)
		}
		_, err := w.read(in, "contacts")
		w.icontact.Faults.Clear()
		var read *engine.ReadError
		if !errors.As(err, &read) || read.Cause() != c.cause || read.Message == "" || read.Element != "iContact" {
			t.Errorf("%+v: %v", c.fault, err)
		}
	}
	for path, want := range map[string]string{
		"uploads":                                  "/uploads is no resource of iContact; it has /hubs/marketing/contacts",
		"contacts/1?x/..%2f/y":                     "is no resource",
		"contacts/999999":                          "contacts/999999 is not in account 910001",
		"contacts/60000101/actions/999999":         "No actions found with ID 999999",
		"contacts/60000101/actions/%2e%2e%2fusers": "No actions found with ID",
		"contacts/%2e%2e%2fusers":                  "is no name",
	} {
		if _, err := w.read(in, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	if a, err := w.read(in, "contacts"); err != nil || len(a.Records) != 3 || a.Next != "" {
		t.Errorf("after the faults: %+v, %v", a, err)
	}
}

// Tokens that are over are refreshed once, and polls use the new ones. The path's list cannot lead anywhere else.
func TestHubActOn(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.acton.SetOptions(func(o *acton.Options) { o.PerSecond = -1 }); err != nil {
		t.Fatal(err)
	}
	var ids []string
	made := time.Date(2026, 5, 6, 7, 8, 9, 0, time.UTC)
	for i := range 12 {
		entry, err := w.acton.CreateContact(acton.Contact{Created: made.Add(time.Duration(i) * time.Minute), Fields: map[string]string{"E-mail Address": fmt.Sprintf("r%d@example.com", i)}})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, entry.ID)
	}
	in := w.create(w.body("acton", silent))
	since := made.Add(7 * time.Minute).UnixMilli()
	later, err := w.read(in, "lists/l-0001/contacts", "where", fmt.Sprintf("modafter>=%d AND `E-mail Address` LIKE 'R%%'", since))
	judged, err2 := w.read(in, "lists/l-0001/contacts", "where", fmt.Sprintf("(__modified_date>=%d OR __modified_date>=%d) AND `E-mail Address` LIKE 'R%%'", since, since))
	if err != nil || err2 != nil || len(later.Records) != 5 || !reflect.DeepEqual(later.Records, judged.Records) || later.FilteredByHost != "`E-mail Address` LIKE 'R%'" {
		t.Errorf("by Act-On %s by host %q, %v\nby the host %s, %v", later.Records, later.FilteredByHost, err, judged.Records, err2)
	}
	if _, err := w.read(in, "lists/l-0001/contacts", "where", "modafter=1 OR modbefore=2"); !errors.As(err, new(*instance.InvalidError)) || !strings.Contains(err.Error(), "modafter is no field of the records") {
		t.Errorf("a parameter inside of OR: %v", err)
	}
	w.acton.ExpireTokens()
	before := w.acton.TokenStats()
	got, _ := w.readAll(in, "_contact_id_", "lists/l-0001/contacts", "pageSize", "5")
	slices.Sort(got)
	if slices.Sort(ids); !slices.Equal(got, ids) {
		t.Errorf("%q, want %q", got, ids)
	}
	if after := w.acton.TokenStats(); reflect.DeepEqual(after, before) {
		t.Error("no token was refreshed")
	}
	for _, path := range []string{"lists/..%2f..%2fadmin/contacts", "lists/l-0001%3Fcount=1/contacts", "lists/../contacts", "lists/%252e%252e/contacts"} {
		if _, err := w.read(in, path); !errors.As(err, new(*instance.InvalidError)) || !strings.Contains(err.Error(), "{listId}, which is no name") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// Records keep their bytes; nulls go only where the configuration says so.
func TestHubNulls(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.readers(1)
	rows := func(change map[string]any) []byte {
		change["event.notification.enabled"], change["event.notification.callback.url"] = false, nil
		a, err := w.read(w.create(w.body("icontact", change)), "contacts")
		if err != nil || len(a.Records) != 1 {
			t.Fatalf("%+v, %v", a, err)
		}
		return a.Records[0]
	}
	kept, stripped := rows(map[string]any{}), rows(map[string]any{"filter.response.nulls": true})
	if !bytes.Contains(kept, []byte("null")) || bytes.Contains(stripped, []byte("null")) || !json.Valid(stripped) {
		t.Errorf("kept: %s\nstripped: %s", kept, stripped)
	}
}

// A disabled instance is not read, until it is enabled again.
func TestHubOfDisabledInstance(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", silent))
	if _, err := w.engine.Disable(t.Context(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(in, "contacts"); !errors.Is(err, engine.ErrDisabled) {
		t.Errorf("disabled: %v", err)
	}
	if err := w.engine.Enable(t.Context(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.read(in, "contacts"); err != nil {
		t.Errorf("enabled: %v", err)
	}
}

// Deleting an instance ends what is read for it.
func TestHubOfDeletedInstance(t *testing.T) {
	t.Parallel()
	w := setup(t)
	asked := make(chan struct{}, 1)
	slow := w.serve(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	change := map[string]any{"base.url": slow}
	add(change, silent)
	in := w.create(w.body("icontact", change))
	ended := make(chan error, 1)
	go func() {
		_, err := w.engine.ReadHub(context.Background(), w.caller, in.ID, "contacts", "")
		ended <- err
	}()
	<-asked
	if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; !errors.As(err, new(*engine.ConflictError)) && !errors.Is(err, engine.ErrNotFound) { // by which was faster
		t.Errorf("the read ended with %v", err)
	}
}
