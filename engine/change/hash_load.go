package change

import (
	"fmt"
	"slices"
	"strings"
)

// hashLoader sorts the chunks of a checkpoint by what they are. A chunk that is missing would tell every object in it again, so each has
// to be there.
type hashLoader struct {
	head      hashHead
	blocks    []Chunk
	log       []Chunk
	seen      []byte
	nextBlock uint64
}

func (l *hashLoader) sort(chunks []Chunk) error {
	parts := 0
	for _, c := range chunks {
		switch {
		case strings.HasPrefix(c.ID, blockPrefix):
			n, err := blockNumber(c.ID)
			if err != nil {
				return err
			}
			l.nextBlock = max(l.nextBlock, n+1)
			l.blocks = append(l.blocks, c)
		case strings.HasPrefix(c.ID, logPrefix):
			l.log = append(l.log, c)
		case c.ID == seenName(parts):
			l.seen = append(l.seen, c.Value...)
			parts++
		default:
			return fmt.Errorf("chunk %q is none of a checkpoint's: %w", c.ID, errHashes)
		}
	}
	return l.check(parts)
}

func (l *hashLoader) check(parts int) error {
	slices.SortFunc(l.log, func(a, b Chunk) int { return strings.Compare(a.ID, b.ID) })
	want := 0
	if l.head.Scan != nil {
		want = l.head.Scan.Parts
	}
	switch {
	case len(l.blocks) != l.head.Blocks:
		return fmt.Errorf("%d blocks of objects are stored, want %d: %w", len(l.blocks), l.head.Blocks, errHashes)
	case parts != want:
		return fmt.Errorf("%d chunks of seen objects are stored, want %d: %w", parts, want, errHashes)
	case l.head.LogNext < l.head.LogFirst || uint64(len(l.log)) != l.head.LogNext-l.head.LogFirst:
		return fmt.Errorf("%d chunks of the log are stored, want %d to %d: %w", len(l.log), l.head.LogFirst, l.head.LogNext, errHashes)
	case l.head.Scan != nil && (l.head.Scan.Log < l.head.LogFirst || l.head.Scan.Log > l.head.LogNext):
		return fmt.Errorf("the scan's place is at %d of the log, outside of %d to %d: %w", l.head.Scan.Log, l.head.LogFirst, l.head.LogNext, errHashes)
	}
	return nil
}

// replay applies the log, and at its place in the log what the open scan had seen.
func (l *hashLoader) replay(h *Hashes) error {
	for i, c := range l.log {
		n := l.head.LogFirst + uint64(i)
		if c.ID != logName(n) {
			return fmt.Errorf("chunk %q is stored, want %q: %w", c.ID, logName(n), errHashes)
		}
		if err := l.resume(h, n); err != nil {
			return err
		}
		if err := h.index.replay(c); err != nil {
			return err
		}
		h.log.bytes += len(c.Value)
	}
	return l.resume(h, l.head.LogNext)
}

func (l *hashLoader) resume(h *Hashes, at uint64) error {
	if l.head.Scan == nil || l.head.Scan.Log != at {
		return nil
	}
	h.seenParts = l.head.Scan.Parts
	if l.seen == nil {
		l.seen = []byte{} // of no objects
	}
	return h.index.setSeen(l.seen)
}
