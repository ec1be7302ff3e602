package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// CreateList adds a mailing list.
func (s *Sim) CreateList(name string) simkit.Entry {
	return s.must(s.CreateItem("lists", Fields{"name": name}))
}

// CreateCampaign adds a campaign.
func (s *Sim) CreateCampaign(name string) simkit.Entry {
	return s.must(s.CreateItem("campaigns", Fields{"name": name}))
}

// must: the resource is known and nothing but a name is given.
func (s *Sim) must(e simkit.Entry, err error) simkit.Entry {
	if err != nil {
		panic("icontact sim: " + err.Error())
	}
	return e
}

// Open, Click, Bounce and Unsubscribe let a contact do what the message's collection of that name then shows, now.
func (s *Sim) Open(messageID, contactID string) (simkit.Entry, error) {
	return s.CreateItem("opens", Fields{"messageId": messageID, "contactId": contactID})
}

// Click is Open for a link.
func (s *Sim) Click(messageID, contactID, link string) (simkit.Entry, error) {
	return s.CreateItem("clicks", Fields{"messageId": messageID, "contactId": contactID, "clickLink": link})
}

// Bounce is Open for a delivery that failed.
func (s *Sim) Bounce(messageID, contactID string) (simkit.Entry, error) {
	return s.CreateItem("bounces", Fields{"messageId": messageID, "contactId": contactID})
}

// Unsubscribe is Open for a contact that leaves its lists by the message.
func (s *Sim) Unsubscribe(messageID, contactID string) (simkit.Entry, error) {
	return s.CreateItem("unsubscribes", Fields{"messageId": messageID, "contactId": contactID})
}

// CreateItem adds a record to a plain collection: lists, campaigns, segments, criteria (of "segmentId"), customfields, sends, and opens,
// clicks, bounces and unsubscribes (of "messageId"). A date that is not given is now.
func (s *Sim) CreateItem(resource string, f Fields) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kind(resource)
	if k == nil {
		return simkit.Entry{}, unknownResource(resource)
	}
	i := &item{kind: k, fields: maps.Clone(k.usual), at: s.date(time.Time{})}
	if i.fields == nil {
		i.fields = Fields{}
	}
	if k.parent != "" {
		i.parent = f[k.parent]
		if !s.exists(k.parent, i.parent) {
			return simkit.Entry{}, fmt.Errorf("%s %q: %w", k.parent, i.parent, simkit.ErrNotFound)
		}
	}
	if err := s.assignItem(i, f); err != nil {
		return simkit.Entry{}, err
	}
	i.n = k.first + int64(len(s.items[k.name]))
	if rows := s.items[k.name]; len(rows) > 0 {
		i.n = rows[len(rows)-1].n + 1
	}
	switch {
	case k.name == "criteria":
		i.fields[k.id] = strconv.Itoa(len(s.rows(k, i.parent)))
	case k.first > 0:
		i.fields[k.id] = strconv.FormatInt(i.n, 10)
	}
	s.items[k.name] = append(s.items[k.name], i)
	return s.enterItem(simkit.Create, i), nil
}

func (s *Sim) assignItem(i *item, f Fields) error {
	for key, value := range f {
		switch {
		case key == i.kind.parent:
		case !slices.Contains(i.keys, key) || key == i.id && i.first > 0:
			return fmt.Errorf("%s: %q cannot be set: want some of %q", i.name, key, i.keys)
		case key == i.date:
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return fmt.Errorf("%s: %w", key, err)
			}
			i.at = s.date(at)
		default:
			i.fields[key] = value
		}
	}
	return nil
}

// UpdateItem sets members of a record of a plain collection that has ids.
func (s *Sim) UpdateItem(resource, id string, f Fields) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.findItem(resource, id)
	if err != nil {
		return simkit.Entry{}, err
	}
	changed := *s.items[resource][at]
	changed.fields = maps.Clone(changed.fields)
	if err := s.assignItem(&changed, f); err != nil {
		return simkit.Entry{}, err
	}
	s.items[resource][at] = &changed
	return s.enterItem(simkit.Update, &changed), nil
}

// DeleteItem removes a record of a plain collection that has ids.
func (s *Sim) DeleteItem(resource, id string) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.findItem(resource, id)
	if err != nil {
		return simkit.Entry{}, err
	}
	gone := s.items[resource][at]
	s.items[resource] = slices.Delete(s.items[resource], at, at+1)
	return s.enterItem(simkit.Delete, gone), nil
}

func (s *Sim) findItem(resource, id string) (int, error) {
	k := s.kind(resource)
	if k == nil || k.id == "" || k.parent != "" {
		return 0, unknownResource(resource)
	}
	at := slices.IndexFunc(s.items[resource], func(i *item) bool { return i.fields[k.id] == id })
	if at < 0 {
		return 0, fmt.Errorf("%s %q: %w", strings.TrimSuffix(resource, "s"), id, simkit.ErrNotFound)
	}
	return at, nil
}

// enterItem writes the ledger: the id is the record's own, or that of its contact.
func (s *Sim) enterItem(op simkit.Op, i *item) simkit.Entry {
	id := i.fields[i.id]
	if i.id == "" {
		id = i.fields["contactId"]
	}
	return s.Ledger.Append(simkit.Entry{
		At: simkit.Time{Time: s.Clock.Now()}, Op: op, Resource: i.name, ID: id, Version: i.value(i.date), Record: i.onList(s.options),
	})
}

func (s *Sim) kind(name string) *kind {
	for _, k := range s.kinds {
		if k.name == name {
			return k
		}
	}
	return nil
}

// rows are those of a kind that belong to a parent ("" = all).
func (s *Sim) rows(k *kind, parent string) (rows []row) {
	for _, i := range s.items[k.name] {
		if i.parent == parent {
			rows = append(rows, i)
		}
	}
	return rows
}

// exists tells whether there is a record that others can belong to.
func (s *Sim) exists(member, id string) bool {
	switch member {
	case "messageId":
		_, found := locate(s.messages, id)
		return found
	case "contactId":
		_, found := locate(s.contacts, id)
		return found
	}
	_, err := s.findItem("segments", id)
	return err == nil
}
