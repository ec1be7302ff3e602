package change

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// inlineSeen is how many remembered records lie in the checkpoint itself; more go to chunks by time bucket.
	inlineSeen = 40
	// chunkSeen is how many lie in one chunk, 24 bytes each: a commit rewrites the last chunk of every bucket that gained a record, and
	// records come in any order of dates.
	chunkSeen = 64
	// goneAtOnce is how many chunks one commit deletes; the others wait for the next, so that no commit is too large.
	goneAtOnce = 1500
	entrySize  = 24
)

var errSeen = errors.New("remembered records are damaged")

// pair is a remembered (id, version), hashed to 64 bits each. Two ids of one window meet by chance once in 10^13 windows of 1,000
// records; even then a change is lost only if their versions meet too.
type pair struct{ id, version uint64 }

type entry struct {
	pair
	date int64 // Unix milliseconds; remembered until the windows have passed it
}

// seen is the set of remembered records of one resource. Entries lie in time buckets, so that a commit writes only the buckets that
// gained some and drops the oldest whole.
type seen struct {
	width   int64 // of a bucket, ms
	ids     map[uint64]int
	pairs   map[pair]struct{}
	buckets map[int64]*bucket // by start, ms
	chunked bool              // lies in chunks, not inline
	fresh   int               // entries since the last save
	stored  map[string]bool   // chunk ids in the store
}

type bucket struct {
	entries []entry
	latest  int64
	dirty   int // index of the first chunk of this bucket that must be written; -1 = none
}

func newSeen(width time.Duration) *seen {
	return &seen{
		width: max(width.Milliseconds(), 1), ids: map[uint64]int{}, pairs: map[pair]struct{}{},
		buckets: map[int64]*bucket{}, stored: map[string]bool{},
	}
}

func hash64(text string) uint64 {
	sum := sha256.Sum256([]byte(text))
	return binary.BigEndian.Uint64(sum[:])
}

func (s *seen) len() int { return len(s.pairs) }

func (s *seen) hasID(id uint64) bool { return s.ids[id] > 0 }

func (s *seen) has(p pair) bool {
	_, ok := s.pairs[p]
	return ok
}

// add remembers a record. It reports false if it was remembered already.
func (s *seen) add(e entry) bool {
	if s.has(e.pair) {
		return false
	}
	s.insert(floorTo(e.date, s.width), e)
	return true
}

func (s *seen) insert(start int64, e entry) {
	b := s.buckets[start]
	if b == nil {
		b = &bucket{dirty: -1, latest: e.date}
		s.buckets[start] = b
	}
	part := len(b.entries) / chunkSeen
	if b.dirty < 0 || part < b.dirty {
		b.dirty = part
	}
	s.fresh++
	b.entries = append(b.entries, e)
	b.latest = max(b.latest, e.date)
	s.pairs[e.pair] = struct{}{}
	s.ids[e.id]++
}

// forget drops the buckets that lie wholly before the horizon.
func (s *seen) forget(horizon int64) {
	for start, b := range s.buckets {
		if b.latest >= horizon {
			continue
		}
		for _, e := range b.entries {
			delete(s.pairs, e.pair)
			if s.ids[e.id]--; s.ids[e.id] <= 0 {
				delete(s.ids, e.id)
			}
		}
		delete(s.buckets, start)
	}
}

// Chunk is a piece of the seen-set as it is stored beside the checkpoint. Value nil deletes it.
type Chunk struct {
	ID    string
	Value []byte
}

// save returns what must be stored: everything inline, or the chunks that changed. It marks them as stored.
func (s *seen) save() (inline []byte, chunks []Chunk) {
	s.fresh = 0
	if s.len() <= inlineSeen && (!s.chunked || s.len() <= inlineSeen/2 && len(s.stored) <= goneAtOnce) {
		return s.saveInline()
	}
	live := map[string]bool{}
	for _, start := range s.starts() {
		b := s.buckets[start]
		for part := range (len(b.entries) + chunkSeen - 1) / chunkSeen {
			id := chunkID(start, part)
			live[id] = true
			if !s.chunked || (b.dirty >= 0 && part >= b.dirty) {
				chunks = append(chunks, Chunk{ID: id, Value: encodeEntries(b.entries[part*chunkSeen : min((part+1)*chunkSeen, len(b.entries))])})
			}
		}
		b.dirty = -1
	}
	chunks = append(chunks, s.gone(live)...)
	for id := range s.stored {
		live[id] = true
	}
	s.chunked, s.stored = true, live
	return nil, chunks
}

func (s *seen) saveInline() ([]byte, []Chunk) {
	var all []entry
	for _, start := range s.starts() {
		all = append(all, s.buckets[start].entries...)
		s.buckets[start].dirty = -1
	}
	chunks := s.gone(nil)
	s.chunked = false
	return encodeEntries(all), chunks
}

// gone takes stored chunks that are no longer live out of stored, the oldest first, and lists them for deletion.
func (s *seen) gone(live map[string]bool) (chunks []Chunk) {
	for id := range s.stored {
		if !live[id] {
			chunks = append(chunks, Chunk{ID: id})
		}
	}
	slices.SortFunc(chunks, func(a, b Chunk) int { return strings.Compare(a.ID, b.ID) })
	chunks = chunks[:min(len(chunks), goneAtOnce)]
	for _, c := range chunks {
		delete(s.stored, c.ID)
	}
	return chunks
}

func (s *seen) starts() []int64 {
	starts := make([]int64, 0, len(s.buckets))
	for start := range s.buckets {
		starts = append(starts, start)
	}
	slices.Sort(starts)
	return starts
}

// loadInline and loadChunk take back what save gave.
func (s *seen) loadInline(inline []byte) error {
	entries, err := decodeEntries(inline)
	if err != nil {
		return err
	}
	for _, e := range entries {
		s.add(e)
	}
	for _, b := range s.buckets {
		b.dirty = -1
	}
	s.fresh = 0
	return nil
}

// expect makes room for what lies in chunks, if nothing is remembered yet: maps that grow are filled again each time.
func (s *seen) expect(chunks []Chunk) {
	n := 0
	for _, c := range chunks {
		n += len(c.Value) / entrySize
	}
	if n > 0 && s.len() == 0 {
		s.ids, s.pairs = make(map[uint64]int, n), make(map[pair]struct{}, n)
	}
}

func (s *seen) loadChunk(c Chunk) error {
	start, err := chunkStart(c.ID)
	if err != nil {
		return err
	}
	entries, err := decodeEntries(c.Value)
	if err != nil {
		return fmt.Errorf("chunk %s: %w", c.ID, err)
	}
	for _, e := range entries {
		s.insert(start, e)
	}
	if b := s.buckets[start]; b != nil {
		b.dirty = -1
	}
	s.fresh = 0
	s.chunked, s.stored[c.ID] = true, true
	return nil
}

// chunkID orders by time: the bucket's start with the sign bit flipped, then the part.
func chunkID(start int64, part int) string {
	return fmt.Sprintf("seen/%016x/%04x", uint64(start)^(1<<63), part)
}

func chunkStart(id string) (int64, error) {
	hex, _, ok := strings.Cut(strings.TrimPrefix(id, "seen/"), "/")
	n, err := strconv.ParseUint(hex, 16, 64)
	if !ok || err != nil {
		return 0, fmt.Errorf("chunk %q: %w", id, errSeen)
	}
	return int64(n ^ (1 << 63)), nil
}

func encodeEntries(entries []entry) []byte {
	out := make([]byte, 0, len(entries)*entrySize)
	for _, e := range entries {
		out = binary.BigEndian.AppendUint64(out, e.id)
		out = binary.BigEndian.AppendUint64(out, e.version)
		out = binary.BigEndian.AppendUint64(out, uint64(e.date))
	}
	return out
}

func decodeEntries(data []byte) ([]entry, error) {
	if len(data)%entrySize != 0 {
		return nil, errSeen
	}
	entries := make([]entry, 0, len(data)/entrySize)
	for ; len(data) > 0; data = data[entrySize:] {
		entries = append(entries, entry{
			pair: pair{binary.BigEndian.Uint64(data), binary.BigEndian.Uint64(data[8:])},
			date: int64(binary.BigEndian.Uint64(data[16:])),
		})
	}
	return entries, nil
}

func floorTo(n, width int64) int64 {
	q := n / width
	if n%width < 0 {
		q--
	}
	return q * width
}
