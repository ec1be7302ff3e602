package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Step performs one plausible mutation of a list's rows chosen by Options.Mix and returns its ledger entry. With
// the same rng, clock and earlier steps it does the same. An update or delete for which no row has settled
// (Options.Settle) becomes a creation. Lists without the standard columns get rows with an address only.
func (s *Sim) Step(rng *rand.Rand) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mix := s.options.Mix
	if mix == (Mix{}) {
		mix = Mix{Create: 6, Update: 4}
	}
	draw := rng.IntN(mix.Create + mix.Update + mix.Delete)
	l := s.lists[rng.IntN(len(s.lists))]
	id, found := s.settled(rng, l)
	switch {
	case draw < mix.Update && found:
		return s.updateContact(id, Contact{Fields: s.alteration(rng, l)})
	case draw >= mix.Update && draw < mix.Update+mix.Delete && found:
		return s.deleteContact(id)
	}
	p := simkit.NewPerson(rng, l.next)
	return s.createContact(Contact{ListID: l.ID, Fields: known(l, map[string]string{
		"First Name": p.First, "Last Name": p.Last, "Company": p.Company, l.EmailColumn: p.Email, "Lead Source": "Webinar",
	})})
}

// settled draws a row that was not changed lately. It always draws once, so that the sequence of draws does not
// depend on the data.
func (s *Sim) settled(rng *rand.Rand, l *list) (string, bool) {
	start, n := rng.Uint64(), uint64(len(l.rows))
	limit := s.Clock.Now().Add(-time.Duration(s.options.Settle))
	for k := range n {
		if c := l.rows[(start+k)%n]; !c.touched.After(limit) {
			return l.id(c), true
		}
	}
	return "", false
}

// alteration is new values for a row; a list with none of the columns is touched only, which moves its date.
func (s *Sim) alteration(rng *rand.Rand, l *list) map[string]string {
	source := []string{"Webinar", "Trade fair", "Referral", "Download"}[rng.IntN(4)]
	return known(l, map[string]string{"Lead Source": fmt.Sprintf("%s %d", source, rng.IntN(1_000_000))})
}

// known keeps the fields that the list has.
func known(l *list, fields map[string]string) map[string]string {
	out := map[string]string{}
	for _, name := range l.Columns {
		if value, has := fields[name]; has {
			out[name] = value
		}
	}
	return out
}
