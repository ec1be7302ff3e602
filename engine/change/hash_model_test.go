package change

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// subscriber is what a receiver of the events believes, and what it may be told: the model. It knows the provider's objects at each
// moment, and nothing of how changes are detected.
type subscriber struct {
	t        *rapid.T
	believes map[string]string // id -> content
	absent   map[string]bool   // by the last complete scan
	read     map[string]bool   // by the scan that is about to be complete
	ids      map[string]bool   // event ids
}

func (m *subscriber) hear(c Change) {
	id := EventID("1", "things", c)
	if m.ids[id] {
		m.t.Fatalf("%s %s has the event id of an earlier change (version %s)", c.Kind, c.ObjectID, c.Version)
	}
	m.ids[id] = true
	old, known := m.believes[c.ObjectID]
	if c.Kind == Deleted {
		if !known || !m.absent[c.ObjectID] || m.read[c.ObjectID] {
			m.t.Fatalf("DELETED %s: known %t, absent from the scan before %t, seen by this %t", c.ObjectID, known, m.absent[c.ObjectID], m.read[c.ObjectID])
		}
		delete(m.believes, c.ObjectID)
		return
	}
	var body struct{ ID, Content string }
	if err := json.Unmarshal(c.Record, &body); err != nil || body.ID != c.ObjectID {
		m.t.Fatalf("%s carries %s", c.ObjectID, c.Record)
	}
	if known != (c.Kind == Updated) || (known && old == body.Content) {
		m.t.Fatalf("%s %s to %q; known %t as %q", c.Kind, c.ObjectID, body.Content, known, old)
	}
	m.believes[c.ObjectID] = body.Content
}

// scanned notes at the end of a complete scan what was not in it.
func (m *subscriber) scanned(read map[string]bool) {
	m.absent = map[string]bool{}
	for id := range m.believes {
		m.absent[id] = !read[id]
	}
}

// storm is the life of one resource under random mutations, cuts, restarts and lost commits.
type storm struct {
	*hashWorld
	t     *rapid.T
	model *subscriber
	read  map[string]bool // by the open scan
	page  int             // where it goes on
	next  int             // fresh ids
	long  string          // part of every id
}

func (s *storm) mutate() {
	for range rapid.IntRange(0, 6).Draw(s.t, "mutations") {
		some := fmt.Sprintf("o%02d%s", rapid.IntRange(0, 60).Draw(s.t, "object"), s.long)
		switch rapid.IntRange(0, 4).Draw(s.t, "mutation") {
		case 0:
			delete(s.objects, some)
		case 1:
			s.next++
			s.objects[fmt.Sprintf("n%03d%s", s.next, s.long)] = "A"
		default: // create, restore or update; few contents, so that old ones come back
			s.objects[some] = rapid.SampledFrom([]string{"A", "B", "C"}).Draw(s.t, "content")
		}
	}
}

// poll reads on until the scan is complete or something ends it. Between two pages the provider may change, too: what a page shows is
// what there is then, in the order of ids, from the place on.
func (s *storm) poll(quiet bool) {
	h := s.load()
	scan := BeginHash(s.rule, h, epoch)
	scan.SetClock(time.Time{}, epoch)
	if h.Token() == "" {
		scan.Restart()
		s.page, s.read = 0, map[string]bool{}
	}
	read := maps.Clone(s.read)
	var pending []Change
	commit := func(save bool) bool {
		scan.Pause(fmt.Sprint(s.page), save)
		if !quiet && rapid.IntRange(0, 9).Draw(s.t, "lost") == 0 {
			return false
		}
		s.stored(h, pending)
		if h.Token() != "" {
			s.read = maps.Clone(read)
		}
		pending = nil
		return true
	}
	for pages := s.pages(); s.page < len(pages); s.page++ {
		changes, _ := scan.Page(pages[s.page])
		pending = append(pending, changes...)
		for _, r := range pages[s.page] {
			read[s.rule.ObjectID(r)] = true
		}
		if quiet {
			continue
		}
		switch rapid.IntRange(0, 12).Draw(s.t, "after page") {
		case 0, 1:
			if !commit(true) {
				s.crash()
				return
			}
		case 2: // crash
			s.crash()
			return
		case 3: // the page bound: goes on at the next poll
			s.page++
			if !commit(true) {
				s.crash()
			}
			return
		case 4: // rows moved: read again
			scan.Abandon()
			s.stored(h, pending)
			s.crash()
			return
		case 5:
			s.mutate()
		}
	}
	s.end(h, scan, pending, read, quiet)
}

// crash leaves what is stored: the scan goes on from there, or begins again.
func (s *storm) crash() {
	h := s.load()
	if h.Token() != "" {
		_, err := fmt.Sscan(h.Token(), &s.page)
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// end finishes the scan; its last commits may be lost, too.
func (s *storm) end(h *Hashes, scan *HashScan, pending []Change, read map[string]bool, quiet bool) {
	for more := true; more; {
		var changes []Change
		changes, _, more = scan.Finish(2)
		pending = append(pending, changes...)
		if more {
			s.page = max(len(s.pages())-1, 0)
			scan.Pause(fmt.Sprint(s.page), rapid.Bool().Draw(s.t, "save"))
		}
		if !quiet && rapid.IntRange(0, 9).Draw(s.t, "lost at the end") == 0 {
			s.crash()
			return
		}
		s.model.read = read
		s.stored(h, pending)
		if pending = nil; more && h.Token() != "" {
			s.read = maps.Clone(read)
		}
	}
	s.model.scanned(read)
	h.packing = rapid.Bool().Draw(s.t, "pack") // as if the log were long
	for most := rapid.SampledFrom([]int{1, tidyBytes}).Draw(s.t, "tidy bytes"); h.tidyUpTo(most); {
		if !quiet && rapid.IntRange(0, 3).Draw(s.t, "lost tidying") == 0 {
			return
		}
		s.save(h)
	}
}

func (s *storm) stored(h *Hashes, pending []Change) {
	s.save(h)
	for _, c := range pending {
		s.model.hear(c)
	}
}

// breaks names a rule to break, in a build with the tag "mutants".
const breaks = "POLLWRIGHT_TEST_BREAKS"

func TestHashModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := watchHashes(t, func(r *HashRule) {
			r.Tell, r.Guard, r.Mutant = true, Guard{Fraction: 1}, Mutant(os.Getenv(breaks))
		})
		w.size = rapid.IntRange(1, 40).Draw(rt, "page size")
		s := &storm{hashWorld: w, t: rt, model: &subscriber{t: rt, believes: map[string]string{}, ids: map[string]bool{}}}
		if rapid.Bool().Draw(rt, "long ids") { // which fill several blocks
			s.long = strings.Repeat("x", 1000)
		}
		for i := range rapid.IntRange(0, 150).Draw(rt, "objects") {
			s.objects[fmt.Sprintf("o%02d%s", i, s.long)] = "A"
		}
		for range rapid.IntRange(1, 25).Draw(rt, "polls") {
			s.mutate()
			s.poll(false)
		}
		for range 4 { // the first may end a scan that began long ago
			s.poll(true)
		}
		if !maps.Equal(s.model.believes, s.objects) {
			rt.Fatalf("believed in the end: %v\nreal: %v", sorted(s.model.believes), sorted(s.objects))
		}
	})
}

func sorted(m map[string]string) (all []string) {
	for _, id := range slices.Sorted(maps.Keys(m)) {
		all = append(all, id+"="+m[id])
	}
	return all
}
