package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Contacts is the name of the lists' rows in the ledger and the control API.
const Contacts = "contacts"

// Contact is a row to be created or changed. Fields are by the names of the list's columns.
type Contact struct {
	ListID string            `json:"listId"` // of a new row; "" is the first list
	Fields map[string]string `json:"fields"`
	// Created and Modified are the dates that the API shows; zero means now, for Created of an update: as it was.
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
}

// CreateContact adds a row; its id is chosen here. An unknown list or column is an error.
func (s *Sim) CreateContact(c Contact) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.createContact(c)
}

func (s *Sim) createContact(in Contact) (simkit.Entry, error) {
	l := s.findList(in.ListID)
	if in.ListID == "" {
		l = s.lists[0]
	}
	if l == nil {
		return simkit.Entry{}, fmt.Errorf("list %q: %w", in.ListID, simkit.ErrNotFound)
	}
	now := s.millis()
	c := &contact{number: l.next, cells: make([]string, len(l.Columns)), created: now, modified: now}
	if !in.Created.IsZero() {
		c.created, c.modified = in.Created, in.Created
	}
	if err := s.assign(l, c, in); err != nil {
		return simkit.Entry{}, err
	}
	l.next++
	l.rows = append(l.rows, c)
	return s.enter(simkit.Create, l, c), nil
}

// UpdateContact changes the row with the full id and moves its modified date to now.
func (s *Sim) UpdateContact(id string, change Contact) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.updateContact(id, change)
}

func (s *Sim) updateContact(id string, change Contact) (simkit.Entry, error) {
	l, i, err := s.find(id)
	if err != nil {
		return simkit.Entry{}, err
	}
	if change.ListID != "" && change.ListID != l.ID {
		return simkit.Entry{}, fmt.Errorf("contact %q: cannot move to list %q", id, change.ListID)
	}
	c := *l.rows[i]
	c.cells = slices.Clone(c.cells)
	c.modified = s.millis()
	if !change.Created.IsZero() {
		c.created = change.Created
	}
	if err := s.assign(l, &c, change); err != nil {
		return simkit.Entry{}, err
	}
	l.rows[i] = &c
	return s.enter(simkit.Update, l, &c), nil
}

// DeleteContact removes the row with the full id.
func (s *Sim) DeleteContact(id string) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.deleteContact(id)
}

func (s *Sim) deleteContact(id string) (simkit.Entry, error) {
	l, i, err := s.find(id)
	if err != nil {
		return simkit.Entry{}, err
	}
	c := l.rows[i]
	l.rows = slices.Delete(l.rows, i, i+1)
	return s.enter(simkit.Delete, l, c), nil
}

func (s *Sim) assign(l *list, c *contact, in Contact) error {
	for name, value := range in.Fields {
		i := slices.Index(l.Columns, name)
		if i < 0 {
			return fmt.Errorf("field %q: list %s has %q", name, l.ID, l.Columns)
		}
		c.cells[i] = value
	}
	if !in.Modified.IsZero() {
		c.modified = in.Modified
	}
	c.touched = s.Clock.Now()
	return nil
}

// enter writes the ledger. The record is the row as an object by its headers, with the date columns.
func (s *Sim) enter(op simkit.Op, l *list, c *contact) simkit.Entry {
	l.modified = s.millis()
	headers, _ := s.headers(l, nil, true)
	var record simkit.Object
	for _, h := range headers {
		record.Raw(h, s.appendCell(nil, l, c, h))
	}
	return s.Ledger.Append(simkit.Entry{
		At: simkit.Time{Time: s.Clock.Now()}, Op: op, Resource: Contacts, ID: l.id(c),
		Version: s.dateText(c.modified), Record: record.Bytes(),
	})
}
