package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// polled polls resources of iContact by their URLs, with what the adapter says is usual.
func polled(urls map[string]string) map[string]any {
	entries := map[string]any{}
	for name, url := range urls {
		entries[name] = map[string]any{"url": url}
	}
	return map[string]any{"event.poller.configuration": entries}
}

// Lists have no dates: their content is compared. Opens and subscriptions are dated, and have no field of their own that tells two opens of one
// contact apart.
func TestListsOpensAndSubscriptionsArriveAsEvents(t *testing.T) {
	t.Parallel()
	w := setup(t)
	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	message := w.icontact.CreateMessage(icontact.Message{Subject: "June news"})
	if _, err := w.icontact.Open(message.ID, contact.ID); err != nil {
		t.Fatal(err)
	}
	in := w.create(w.body("icontact", polled(map[string]string{
		"lists": "/hubs/general/lists", "opens": "/hubs/general/messages/" + message.ID + "/opens", "subscriptions": "/hubs/marketing/subscriptions",
	})))
	for _, name := range []string{"lists", "opens", "subscriptions"} {
		w.outcome(in, "a first scan of "+name, func(o engine.Outcome) bool { return o.Resource == name && o.Error == nil })
	}
	list := w.icontact.CreateList("Second")
	w.receiver.wait(t, 1)
	if _, err := w.icontact.UpdateItem("lists", "205001", icontact.Fields{"name": "Renamed"}); err != nil {
		t.Fatal(err)
	}
	w.receiver.wait(t, 2)
	ben := w.icontact.CreateContact(icontact.Contact{Email: "ben@example.com"})
	if _, err := w.icontact.Open(message.ID, ben.ID); err != nil {
		t.Fatal(err)
	}
	subscription, err := w.icontact.Subscribe(ben.ID, list.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range w.receiver.wait(t, 4) {
		got = append(got, e.Kind+" "+e.Type+" "+e.ID)
		if e.Type == "opens" && e.Record["openTime"] == nil || e.Type == "lists" && e.Record["name"] == "Newsletter" {
			t.Errorf("record of %s %s: %v", e.Type, e.ID, e.Record)
		}
	}
	want := []string{"CREATED lists " + list.ID, "UPDATED lists 205001", "CREATED opens " + ben.ID, "CREATED subscriptions " + subscription.ID}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("told %q, want %q", got, want)
	}
	again := icontact.Fields{"messageId": message.ID, "contactId": ben.ID, "openTime": time.Now().Add(2 * time.Second).Format(time.RFC3339)}
	if _, err := w.icontact.CreateItem("opens", again); err != nil {
		t.Fatal(err)
	}
	if e := w.receiver.wait(t, 5)[4]; e.Type != "opens" || e.ID != ben.ID || e.Kind != "UPDATED" {
		t.Errorf("a second open of one contact is told as %s %s %s, want UPDATED opens %s", e.Kind, e.Type, e.ID, ben.ID)
	}
	o := w.outcome(in, "an idle poll", func(o engine.Outcome) bool { return o.Idle() })
	if o.Error != nil || len(o.Warnings) > 0 {
		t.Errorf("outcome %s, want neither an error nor a warning", show(o))
	}
}

// A status that a reader asks for is looked for among all contacts, and not only among those on a list, which are all that iContact searches.
func TestContactsAreSearchedAtTheProvider(t *testing.T) {
	t.Parallel()
	w := setup(t)
	on := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com", FirstName: "Ada", PostalCode: "02134", Lists: []string{"205001"}})
	off := w.icontact.CreateContact(icontact.Contact{Email: "ben@example.com", FirstName: "ada"})
	gone := w.icontact.CreateContact(icontact.Contact{Email: "cai@example.com", FirstName: "Cai, Jr", Status: "bounced"})
	in := w.create(w.body("icontact", silent))
	for _, c := range []struct {
		where, asked string
		want         []string
	}{
		{"status='normal'", "status=total", []string{on.ID, off.ID}},
		{"scope='unlisted'", "status=unlisted", []string{off.ID, gone.ID}},
		{"scope='listed' AND status='normal'", "", []string{on.ID}},
		{"listId='205001'", "listId=205001", []string{on.ID}},
		{"firstName='Ada'", "firstName=Ada", []string{on.ID}}, // iContact takes no account of case, the platform does
		{"firstName='Cai, Jr'", "firstName=Cai%2A%20Jr", []string{gone.ID}},
		{"firstName LIKE 'ADA%'", "status=total", []string{on.ID, off.ID}},
		{"postalCode=02134", "postalCode=02134", []string{on.ID}},
		{"contactId='" + off.ID + "'", "contactId=" + off.ID, []string{off.ID}},
		{"createDate>'2026-01-01'", "createDateSearchType=gt", []string{on.ID, off.ID, gone.ID}},
		{"createDate>'2126-01-01'", "createDateSearchType=gt", nil},
		{"email='' OR status='bounced'", "status=total", []string{gone.ID}},
	} {
		last := len(w.icontact.Requests.After(0))
		ids, _ := w.readAll(in, "contactId", "contacts", "where", c.where)
		slices.Sort(ids)
		requests := w.icontact.Requests.After(int64(last))
		if query := fmt.Sprint(requests[len(requests)-1]); !slices.Equal(ids, c.want) || !strings.Contains(query, c.asked) {
			t.Errorf("%s: %q by %s, want %q by %s", c.where, ids, query, c.want, c.asked)
		}
	}
	if sorted, _ := w.readAll(in, "email", "contacts", "orderBy", "email desc"); !slices.Equal(sorted, []string{"cai@example.com", "ben@example.com", "ada@example.com"}) {
		t.Errorf("by falling address: %q", sorted)
	}
}

func TestSingleRecordsOfIContact(t *testing.T) {
	t.Parallel()
	w := setup(t)
	contact := w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com", Custom: map[string]string{"region": "West"}})
	message := w.icontact.CreateMessage(icontact.Message{Subject: "June news", Delivered: 26})
	in := w.create(w.body("icontact", silent))
	for path, want := range map[string]string{
		"contacts/" + contact.ID:                 `"region":"West"`,
		"messages/" + message.ID:                 `"subject":"June news"`,
		"messages/" + message.ID + "/statistics": `"delivered":26`,
		"lists/205001":                           `"name":"Newsletter"`,
		"contacts/" + contact.ID + "/actions":    `"actionType":"AddContact"`,
		"campaigns/7001":                         `"name":"Main"`,
	} {
		a, err := w.read(in, path)
		if err != nil || len(a.Records) != 1 || !strings.Contains(string(a.Records[0]), want) || len(a.Warnings) > 0 {
			t.Errorf("%s: %s, %v, want one record with %s and no warning", path, show(a), err, want)
		}
	}
}
