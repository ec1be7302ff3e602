package change

const (
	// longLog is how many chunks of the log are too many to read; so are more bytes than an eighth of the objects', and at least
	// smallLog: merging then writes on average no more than ten times what changed.
	longLog  = 256
	smallLog = 64 << 10
	// tidyBytes and tidyRows bound what one Tidy has stored.
	tidyBytes = 1 << 20
	tidyRows  = 1000
)

// Tidy readies a part of the work of merging a long log into the blocks for the next Save, and reports whether there was any. It is for
// between two scans. Every step may be the last: the log is dropped after all blocks are stored, and until then it repeats what they say.
func (h *Hashes) Tidy() bool { return h.tidyUpTo(tidyBytes) }

func (h *Hashes) tidyUpTo(most int) bool {
	if h.Scan != nil || h.log.waiting > 0 || !(h.packing || h.log.long(h.index.bytes)) {
		return false
	}
	h.packing = true
	if h.tidyBlocks(most); len(h.tidy) == 0 {
		h.tidyEmptied() // only now: what was split off from one of them is stored
	}
	if len(h.tidy) == 0 {
		h.tidy = h.log.drop(tidyRows)
	}
	h.packing = len(h.tidy) > 0
	return h.packing
}

func (l *changeLog) long(objects int) bool {
	return l.next-l.first > longLog || l.bytes > max(smallLog, objects/8)
}

// tidyBlocks goes from the last block to the first: the right half of a block that was split is stored before, or with, its left half,
// or objects would be in neither.
func (h *Hashes) tidyBlocks(most int) {
	size := 0
	for i := len(h.index.blocks) - 1; i >= 0 && size < most; i-- {
		b := h.index.blocks[i]
		if !b.dirty {
			continue
		}
		if b.name == "" {
			b.name = blockName(h.nextBlock)
			h.nextBlock++
			h.Blocks++
		}
		h.tidy = append(h.tidy, Chunk{ID: b.name, Value: b.value()})
		b.dirty = false
		size += len(b.data)
	}
}

func (h *Hashes) tidyEmptied() {
	n := min(len(h.index.emptied), tidyRows)
	for _, name := range h.index.emptied[:n] {
		h.tidy = append(h.tidy, Chunk{ID: name})
	}
	h.index.emptied = h.index.emptied[n:]
	h.Blocks -= n
}
