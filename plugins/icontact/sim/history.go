package sim

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// membership is a contact's place on a list.
type membership struct {
	list, status string
	at           time.Time
}

// deed is what was done to a contact, beside its creation.
type deed struct {
	kind, details string
	at            time.Time
}

// actor is the id of the user who does everything.
const actor = "400001"

// settle brings a contact's memberships and history in line with its lists, after a change at now. It is not entered in the ledger.
func (c *Contact) settle(now time.Time) {
	c.members, c.history = slices.Clone(c.members), slices.Clone(c.history)
	for _, list := range c.Lists {
		if i := slices.IndexFunc(c.members, func(m membership) bool { return m.list == list }); i < 0 {
			c.members = append(c.members, membership{list, "normal", now})
			c.subscription(list, "normal", now)
		}
	}
	for i, m := range c.members {
		if m.status == "normal" && !slices.Contains(c.Lists, m.list) {
			c.members[i].status = "unsubscribed"
			c.subscription(m.list, "unsubscribed", now)
		}
	}
}

func (c *Contact) subscription(list, status string, at time.Time) {
	details := new(simkit.Object).String("listId", list).String("newStatus", status).Bytes()
	c.history = append(c.history, deed{"EditSubscription", string(details), at})
}

// note enters a change of the contact's fields and lists into its history.
func (c *Contact) note(before *Contact, now time.Time) {
	var fields simkit.Object
	changed := false
	for _, key := range singleKeys {
		if value := c.value(key); value != before.value(key) {
			fields.String(key, value)
			changed = true
		}
	}
	if changed {
		c.history = append(slices.Clone(c.history), deed{"EditFields", string(fields.Bytes()), now})
	}
	c.settle(now)
}

// Subscribe puts a contact on a list, now.
func (s *Sim) Subscribe(contactID, listID string) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.findContact(contactID)
	if err != nil {
		return simkit.Entry{}, err
	}
	if _, err := s.findItem("lists", listID); err != nil {
		return simkit.Entry{}, err
	}
	c := *s.contacts[at]
	if slices.Contains(c.Lists, listID) {
		return simkit.Entry{}, fmt.Errorf("contact %s is on list %s already", contactID, listID)
	}
	c.Lists = append(slices.Clone(c.Lists), listID)
	c.members = slices.DeleteFunc(slices.Clone(c.members), func(m membership) bool { return m.list == listID })
	c.settle(s.date(time.Time{}))
	s.contacts[at] = &c
	return s.enterItem(simkit.Create, c.subscriptions()[len(c.members)-1]), nil
}

// subscriptions are the rows that a contact's memberships make.
func (c *Contact) subscriptions() []*item {
	id := strconv.FormatInt(c.ID, 10)
	rows := make([]*item, len(c.members))
	for i, m := range c.members {
		rows[i] = &item{kind: subscriptions, n: c.ID, at: m.at, fields: Fields{
			"contactId": id, "listId": m.list, "status": m.status, "subscriptionId": m.list + "_" + id,
		}}
	}
	return rows
}

func (s *Sim) allSubscriptions() (rows []row) {
	for _, c := range s.contacts {
		rows = append(rows, asRows(c.subscriptions())...)
	}
	return rows
}

// actions are a contact's history, the latest first, as in the documents' example.
func (c *Contact) actions() (rows []row) {
	all := append([]deed{{"AddContact", "[]", c.Created}}, c.history...)
	for i, d := range slices.Backward(all) {
		rows = append(rows, &item{kind: actions, n: int64(i), at: d.at, fields: Fields{"actionType": d.kind, "actor": actor, "details": d.details}})
	}
	return rows
}

// statistics counts what became of a message.
func (s *Sim) statistics(m *Message) []byte {
	id := strconv.FormatInt(m.ID, 10)
	count := func(kind string) (unique, total int64) {
		contacts := map[string]bool{}
		rows := s.rows(s.kind(kind), id)
		for _, r := range rows {
			contacts[r.value("contactId")] = true
		}
		return int64(len(contacts)), int64(len(rows))
	}
	both := func(kind string) []byte {
		unique, total := count(kind)
		return new(simkit.Object).Int("unique", unique).Int("total", total).Bytes()
	}
	_, bounces := count("bounces")
	_, unsubscribes := count("unsubscribes")
	return new(simkit.Object).Int("bounces", bounces).Int("delivered", int64(m.Delivered)).Int("unsubscribes", unsubscribes).
		Raw("opens", both("opens")).Raw("clicks", both("clicks")).
		Int("forwards", int64(m.Forwards)).Int("comments", int64(m.Comments)).Int("complaints", int64(m.Complaints)).Bytes()
}
