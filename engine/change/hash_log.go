package change

import (
	"fmt"
	"strconv"
	"strings"
)

// partLog is how large a chunk of the log grows, bytes.
const partLog = 128 << 10

// changeLog is what happened to the index since its blocks were written: entries, each an object's whole state, so that a later one
// stands and reading one twice changes nothing. A commit appends to it; rewriting the blocks that a few changes touch would write
// thousands of times as much.
type changeLog struct {
	first, next uint64 // numbers of the stored chunks: first <= n < next
	bytes       int    // stored
	parts       [][]byte
	waiting     int // bytes in parts
}

func (l *changeLog) put(id string, o object) {
	l.add(appendEntry(make([]byte, 0, len(id)+32), id, o, false))
}

func (l *changeLog) forget(id string) { l.add(appendID(nil, flagGone, id)) }

func (l *changeLog) add(entry []byte) {
	if n := len(l.parts); n == 0 || len(l.parts[n-1])+len(entry) > partLog {
		l.parts = append(l.parts, nil)
	}
	last := &l.parts[len(l.parts)-1]
	*last = append(*last, entry...)
	l.waiting += len(entry)
}

// save gives what waits as chunks.
func (l *changeLog) save() (chunks []Chunk) {
	for _, part := range l.parts {
		chunks = append(chunks, Chunk{ID: logName(l.next), Value: part})
		l.next++
	}
	l.bytes += l.waiting
	l.parts, l.waiting = nil, 0
	return chunks
}

// drop deletes up to n stored chunks, the oldest first: what is left then still ends in the same states.
func (l *changeLog) drop(n int) (chunks []Chunk) {
	for ; l.first < l.next && n > 0; n-- {
		chunks = append(chunks, Chunk{ID: logName(l.first)})
		l.first++
	}
	if l.first == l.next {
		l.bytes = 0
	}
	return chunks
}

// replay applies a stored chunk to the index.
func (x *index) replay(c Chunk) error {
	for at := 0; at < len(c.Value); {
		v, err := readEntry(c.Value[at:])
		if err != nil || v.flags&flagSeen != 0 {
			return fmt.Errorf("chunk %s at byte %d: %w", c.ID, at, errHashes)
		}
		id := string(v.id)
		spot := x.find(id)
		gone := v.flags&flagGone != 0
		switch {
		case gone && spot.found:
			x.remove(spot)
		case !gone && !(spot.found && x.entry(spot).object == v.object): // it may lie in its block already
			x.put(spot, id, v.object, false)
		}
		at += v.size
	}
	return nil
}

const (
	blockPrefix = "base/"
	logPrefix   = "log/"
	seenPrefix  = "seen/"
)

func logName(n uint64) string   { return fmt.Sprintf("%s%016x", logPrefix, n) }
func blockName(n uint64) string { return fmt.Sprintf("%s%016x", blockPrefix, n) }
func seenName(n int) string     { return fmt.Sprintf("%s%04x", seenPrefix, n) }

// blockNumber takes the number out of a block's name.
func blockNumber(name string) (uint64, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(name, blockPrefix), 16, 64)
	if err != nil || blockName(n) != name {
		return 0, fmt.Errorf("chunk %q: %w", name, errHashes)
	}
	return n, nil
}
