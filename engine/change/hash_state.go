package change

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// hashesFormat is the first byte of a stored checkpoint in hash mode.
const hashesFormat = 2

// seenPart is how many bytes of seen bits lie in one chunk: a million objects.
const seenPart = 128 << 10

// Hashes is what the detection of one resource remembers in hash mode: of each object its id and a hash of its content. One of a
// million objects takes about 35 MB while it is polled.
type Hashes struct {
	hashHead
	index     *index
	log       changeLog
	nextBlock uint64
	bits      []byte  // seen bits to save with the scan's place; nil = those stored stay
	seenParts int     // stored chunks of seen bits
	tidy      []Chunk // blocks and deletions for the next Save
	packing   bool    // the log is being merged into the blocks
}

// hashHead is the record, stored as JSON.
type hashHead struct {
	Activated  int64      `json:"activated"`           // when the resource began to be watched, our clock, Unix milliseconds
	Generation uint64     `json:"generation"`          // greatest number of a complete scan
	Greatest   uint64     `json:"greatest"`            // greatest generation given to an object
	Baselined  bool       `json:"baselined,omitempty"` // a scan was complete
	Content    string     `json:"content,omitempty"`   // what counts as content
	Objects    int        `json:"objects"`             // remembered
	Blocks     int        `json:"blocks"`              // stored
	LogFirst   uint64     `json:"logFirst"`            // first stored chunk of the log
	LogNext    uint64     `json:"logNext"`             // behind the last
	Scan       *hashPlace `json:"scan,omitempty"`      // where a scan goes on
	Held       *Held      `json:"held,omitempty"`      // by the guard
}

// hashPlace lets a scan go on where it was committed. What it had seen lies in chunks, as a bit for each object there was when the log
// ended at Log.
type hashPlace struct {
	Token string `json:"token"`
	Log   uint64 `json:"log"`
	Parts int    `json:"parts"` // chunks of bits
	At    int64  `json:"at"`    // our clock, Unix milliseconds
}

// NewHashes begins to watch a resource at the given instant.
func NewHashes(activated time.Time) *Hashes {
	return &Hashes{hashHead: hashHead{Activated: activated.UnixMilli()}, index: &index{}}
}

// Remembered is the number of objects.
func (h *Hashes) Remembered() int { return h.index.n }

// Token is where a scan that was committed half-way goes on; empty if none is open.
func (h *Hashes) Token() string {
	if h.Scan == nil {
		return ""
	}
	return h.Scan.Token
}

// Waiting is how many bytes the next Save would write about objects.
func (h *Hashes) Waiting() int { return h.log.waiting }

// Save returns the record and the chunks to store with it, in one commit. It takes for granted that they will be: after a failed
// commit, load again. What it writes grows with what changed since the last Save (see Waiting), an eighth of a byte for each object
// where it saves a scan's place, and 1 MiB after Tidy.
func (h *Hashes) Save() ([]byte, []Chunk, error) {
	chunks := append(h.tidy, h.log.save()...)
	h.tidy = nil
	chunks = append(chunks, h.saveSeen()...)
	h.Objects, h.LogFirst, h.LogNext = h.index.n, h.log.first, h.log.next
	record, err := h.encode()
	return record, chunks, err
}

// saveSeen writes the scan's place, or deletes one that is past.
func (h *Hashes) saveSeen() (chunks []Chunk) {
	stored := h.seenParts
	if h.Scan == nil {
		h.bits, h.seenParts = nil, 0
	} else if h.bits != nil {
		h.Scan.Log, h.Scan.Parts = h.log.next, 0
		for rest := h.bits; len(rest) > 0; {
			n := min(len(rest), seenPart)
			chunks = append(chunks, Chunk{ID: seenName(h.Scan.Parts), Value: rest[:n:n]})
			rest = rest[n:]
			h.Scan.Parts++
		}
		h.bits, h.seenParts = nil, h.Scan.Parts
	}
	for n := h.seenParts; n < stored; n++ {
		chunks = append(chunks, Chunk{ID: seenName(n)})
	}
	return chunks
}

func (h hashHead) encode() ([]byte, error) {
	text, err := json.Marshal(h)
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	return append([]byte{hashesFormat}, text...), nil
}

func readHashHead(record []byte) (h hashHead, err error) {
	if len(record) > 0 && record[0] == checkpointFormat {
		return h, errors.New("the checkpoint is one of detection by dates, want one of detection by content hash")
	}
	if len(record) == 0 || record[0] != hashesFormat {
		return h, errors.New("checkpoint has an unknown format")
	}
	if err := json.Unmarshal(record[1:], &h); err != nil {
		return h, fmt.Errorf("decode checkpoint: %w", err)
	}
	return h, nil
}

// LoadHashes takes back what Save gave. The bytes of the chunks belong to it from then on.
func LoadHashes(record []byte, chunks []Chunk) (*Hashes, error) {
	head, err := readHashHead(record)
	if err != nil {
		return nil, err
	}
	l := hashLoader{head: head}
	if err := l.sort(chunks); err != nil {
		return nil, err
	}
	x, err := loadIndex(l.blocks)
	if err != nil {
		return nil, err
	}
	h := &Hashes{hashHead: head, index: x, nextBlock: l.nextBlock}
	h.log = changeLog{first: head.LogFirst, next: head.LogNext}
	if err := l.replay(h); err != nil {
		return nil, err
	}
	if x.n != head.Objects {
		return nil, fmt.Errorf("%d objects are remembered, want %d: %w", x.n, head.Objects, errHashes)
	}
	return h, nil
}
