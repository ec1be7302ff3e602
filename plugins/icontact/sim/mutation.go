package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Names of the resources in the ledger and the control API.
const (
	Contacts = "contacts"
	Messages = "messages"
)

// CreateContact adds a contact; its ID is chosen here. The date is kept to the second, as the provider does.
func (s *Sim) CreateContact(c Contact) simkit.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.createContact(c)
}

func (s *Sim) createContact(c Contact) simkit.Entry {
	c.ID = s.nextID
	s.nextID++
	c.Lists, c.Custom = slices.Clone(c.Lists), maps.Clone(c.Custom)
	s.fillContact(&c)
	c.members, c.history = nil, nil
	c.settle(c.Created)
	c.changed = s.now()
	s.contacts = append(s.contacts, &c)
	return s.enter(simkit.Create, Contacts, &c)
}

func (s *Sim) fillContact(c *Contact) {
	if c.Status == "" {
		c.Status = "normal"
	}
	c.Created = s.date(c.Created)
}

// date is t, or now, as the provider can show it.
func (s *Sim) date(t time.Time) time.Time {
	if t.IsZero() {
		t = s.now()
	}
	return t.In(s.eastern).Truncate(time.Second)
}

// UpdateContact lets change alter the contact. The provider shows no date of it.
func (s *Sim) UpdateContact(id string, change func(*Contact)) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.findContact(id)
	if err != nil {
		return simkit.Entry{}, err
	}
	return s.updateContact(i, change), nil
}

func (s *Sim) updateContact(i int, change func(*Contact)) simkit.Entry {
	c := *s.contacts[i]
	c.Lists, c.Custom = slices.Clone(c.Lists), maps.Clone(c.Custom)
	change(&c)
	c.ID = s.contacts[i].ID
	s.fillContact(&c)
	c.note(s.contacts[i], s.date(time.Time{}))
	c.changed = s.now()
	s.contacts[i] = &c
	return s.enter(simkit.Update, Contacts, &c)
}

// DeleteContact removes the contact.
func (s *Sim) DeleteContact(id string) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, err := s.findContact(id)
	if err != nil {
		return simkit.Entry{}, err
	}
	return s.deleteContact(i), nil
}

func (s *Sim) deleteContact(i int) simkit.Entry {
	c := s.contacts[i]
	s.contacts = slices.Delete(s.contacts, i, i+1)
	s.deleted = append(s.deleted, c)
	return s.enter(simkit.Delete, Contacts, c)
}

// CreateMessage adds a message; its ID is chosen here.
func (s *Sim) CreateMessage(m Message) simkit.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.createMessage(m)
}

func (s *Sim) createMessage(m Message) simkit.Entry {
	m.ID = s.nextMsg
	s.nextMsg++
	s.fillMessage(&m)
	s.messages = append(s.messages, &m)
	return s.enter(simkit.Create, Messages, &m)
}

func (s *Sim) fillMessage(m *Message) {
	if m.CampaignID == "" {
		m.CampaignID = "7001"
	}
	if m.Type == "" {
		m.Type = "normal"
	}
	m.Created = s.date(m.Created)
}

// UpdateMessage lets change alter the message. Messages cannot be deleted at this provider.
func (s *Sim) UpdateMessage(id string, change func(*Message)) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i, found := locate(s.messages, id)
	if !found {
		return simkit.Entry{}, fmt.Errorf("message %q: %w", id, simkit.ErrNotFound)
	}
	m := *s.messages[i]
	change(&m)
	m.ID = s.messages[i].ID
	s.fillMessage(&m)
	s.messages[i] = &m
	return s.enter(simkit.Update, Messages, &m), nil
}

// enter writes the ledger. The caller holds s.mu.
func (s *Sim) enter(op simkit.Op, resource string, r row) simkit.Entry {
	return s.Ledger.Append(simkit.Entry{
		At: simkit.Time{Time: s.Clock.Now()}, Op: op, Resource: resource, ID: strconv.FormatInt(r.number(), 10),
		Version: r.value("createDate"), Record: r.onList(s.options),
	})
}

func (s *Sim) findContact(id string) (int, error) {
	i, found := locate(s.contacts, id)
	if !found {
		return 0, fmt.Errorf("contact %q: %w", id, simkit.ErrNotFound)
	}
	return i, nil
}

// locate finds the row with the id in rows that are sorted by id.
func locate[R row](rows []R, id string) (int, bool) {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, false
	}
	return slices.BinarySearchFunc(rows, n, func(r R, n int64) int {
		switch d := r.number() - n; {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
}
