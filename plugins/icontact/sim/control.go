package sim

import (
	"fmt"
	"math/rand/v2"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// target is the simulator as the control API sees it.
type target struct{ s *Sim }

func (t target) Create(resource string, body []byte) (simkit.Entry, error) {
	switch resource {
	case Contacts:
		c := Contact{Lists: []string{t.s.config.ListID}}
		if err := simkit.Decode(body, &c); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.CreateContact(c), nil
	case Messages:
		var m Message
		if err := simkit.Decode(body, &m); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.CreateMessage(m), nil
	case subscriptions.name:
		var to struct {
			ContactID string `json:"contactId"`
			ListID    string `json:"listId"`
		}
		if err := simkit.Decode(body, &to); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.Subscribe(to.ContactID, to.ListID)
	}
	var f Fields
	if err := simkit.Decode(body, &f); err != nil {
		return simkit.Entry{}, err
	}
	return t.s.CreateItem(resource, f)
}

func (t target) Update(resource, id string, body []byte) (simkit.Entry, error) {
	switch resource {
	case Contacts:
		if err := simkit.Decode(body, &Contact{}); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.UpdateContact(id, func(c *Contact) { _ = simkit.Decode(body, c) }) // decoded once already
	case Messages:
		if err := simkit.Decode(body, &Message{}); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.UpdateMessage(id, func(m *Message) { _ = simkit.Decode(body, m) }) // decoded once already
	}
	var f Fields
	if err := simkit.Decode(body, &f); err != nil {
		return simkit.Entry{}, err
	}
	return t.s.UpdateItem(resource, id, f)
}

func (t target) Delete(resource, id string) (simkit.Entry, error) {
	switch resource {
	case Contacts:
		return t.s.DeleteContact(id)
	case Messages:
		return simkit.Entry{}, fmt.Errorf("messages cannot be deleted at this provider")
	}
	return t.s.DeleteItem(resource, id)
}

func (t target) Step(rng *rand.Rand) (simkit.Entry, error) { return t.s.Step(rng), nil }

func (t target) Options() any { return t.s.Options() }

func (t target) SetOptions(body []byte) error {
	if err := simkit.Decode(body, &Options{}); err != nil {
		return err
	}
	return t.s.SetOptions(func(o *Options) { _ = simkit.Decode(body, o) }) // decoded once already
}

func unknownResource(name string) error {
	return fmt.Errorf("resource %q: want contacts, messages, lists, campaigns, segments, criteria, customfields, sends, subscriptions, "+
		"opens, clicks, bounces or unsubscribes, where it can be done: %w", name, simkit.ErrNotFound)
}
