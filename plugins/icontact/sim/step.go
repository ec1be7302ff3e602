package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Step performs one plausible mutation chosen by Options.Mix and returns its ledger entry. With the same rng,
// clock and earlier steps it does the same. An update or delete for which no contact has settled
// (Options.Settle) becomes the creation of a contact. One new contact in four is on no list, so that only
// status=total finds all.
func (s *Sim) Step(rng *rand.Rand) simkit.Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	mix := s.options.Mix
	if mix == (Mix{}) {
		mix = Mix{CreateContact: 6, CreateMessage: 2, UpdateContact: 2}
	}
	draw := rng.IntN(mix.CreateContact + mix.CreateMessage + mix.UpdateContact + mix.DeleteContact)
	victim, found := s.settled(rng)
	switch {
	case draw < mix.CreateMessage:
		return s.stepMessage(rng)
	case draw < mix.CreateMessage+mix.UpdateContact && found:
		return s.updateContact(victim, func(c *Contact) { alter(c, rng) })
	case draw >= mix.CreateMessage+mix.UpdateContact && draw < mix.CreateMessage+mix.UpdateContact+mix.DeleteContact && found:
		return s.deleteContact(victim)
	}
	return s.stepContact(rng)
}

// settled draws a contact that was not changed lately. It always draws once, so that the sequence of draws
// does not depend on the data.
func (s *Sim) settled(rng *rand.Rand) (int, bool) {
	start := rng.Uint64()
	n := uint64(len(s.contacts))
	limit := s.now().Add(-time.Duration(s.options.Settle))
	for k := range n {
		i := int((start + k) % n)
		if !s.contacts[i].changed.After(limit) {
			return i, true
		}
	}
	return 0, false
}

func (s *Sim) stepContact(rng *rand.Rand) simkit.Entry {
	p := simkit.NewPerson(rng, s.nextID)
	c := Contact{Email: p.Email, FirstName: p.First, LastName: p.Last, City: p.City, State: p.State}
	if rng.IntN(4) > 0 {
		c.Lists = []string{s.config.ListID}
	}
	return s.createContact(c)
}

func (s *Sim) stepMessage(rng *rand.Rand) simkit.Entry {
	topic := []string{"June news", "Autumn offers", "Product update", "Event invitation"}[rng.IntN(4)]
	return s.createMessage(Message{
		Name: fmt.Sprintf("%s %d", topic, s.nextMsg), Subject: topic, TextBody: "Hello", HTMLBody: "<p>Hello</p>",
	})
}

// alter changes a field of the contact to a value that it did not have.
func alter(c *Contact, rng *rand.Rand) {
	switch rng.IntN(3) {
	case 0:
		c.Phone = fmt.Sprintf("(555) 01%02d-%04d", rng.IntN(100), rng.IntN(10_000))
	case 1:
		c.Street = fmt.Sprintf("%d Sample Street", 1+rng.IntN(100_000))
	default:
		c.PostalCode = fmt.Sprintf("%05d", rng.IntN(100_000))
	}
}
