package change

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// checkpointFormat is the first byte of a stored checkpoint.
const checkpointFormat = 1

// bucketsPerWindow is how finely the seen-set is cut by time.
const bucketsPerWindow = 8

// Checkpoint is what the detection of one resource remembers between polls.
type Checkpoint struct {
	state
	seen *seen
}

// state is the small part, stored as JSON in front of the inline seen-set. Times are Unix milliseconds; 0 = not yet.
type state struct {
	Activated int64      `json:"activated"` // when the resource began to be watched, our clock
	Mark      int64      `json:"mark,omitempty"`
	Baselined bool       `json:"baselined,omitempty"` // the first scan has ended
	Chosen    bool       `json:"chosen,omitempty"`    // the activation is a start that the user chose, not our clock
	Scan      *scanState `json:"scan,omitempty"`      // a scan that was committed before its last page
	Chunked   bool       `json:"chunked,omitempty"`   // the seen-set lies in chunks
	Covered   int64      `json:"covered,omitempty"`   // the seen-set is not complete before it: the window was made wider

	Rewind *rewindState `json:"rewind,omitempty"` // a rewind that is under way
}

// scanState lets a long scan go on after a commit at a page boundary.
type scanState struct {
	Since   int64  `json:"since"`
	Clock   int64  `json:"clock"`
	MaxSeen int64  `json:"maxSeen,omitempty"`
	Token   string `json:"token"`
}

// NewCheckpoint begins to watch a resource at the given instant.
func NewCheckpoint(rule Rule, activated time.Time) *Checkpoint {
	return &Checkpoint{state: state{Activated: activated.UnixMilli()}, seen: newSeen(rule.Window() / bucketsPerWindow)}
}

// NewCheckpointFrom begins with records dated at the given instant or later, by the provider's own dates: nothing of them is a baseline.
func NewCheckpointFrom(rule Rule, start time.Time) *Checkpoint {
	c := NewCheckpoint(rule, start)
	c.Chosen = true
	c.state.Mark = max(start.UnixMilli(), 1) // 0 would mean that the provider's clock is not known yet
	return c
}

// Mark is the greatest record date passed; zero before the first response.
func (c *Checkpoint) Mark() time.Time {
	if c.state.Mark == 0 {
		return time.Time{}
	}
	return time.UnixMilli(c.state.Mark).UTC()
}

// Remembered is the size of the seen-set.
func (c *Checkpoint) Remembered() int { return c.seen.len() }

// Fresh is how many records were remembered since the last Save: each may cost a chunk of the next one.
func (c *Checkpoint) Fresh() int { return c.seen.fresh }

// Token is where a scan that was committed half-way goes on; empty if none is open.
func (c *Checkpoint) Token() string {
	if c.Scan == nil {
		return ""
	}
	return c.Scan.Token
}

// Save returns the record and the chunks to store. It takes for granted that they will be: after a failed commit, load again.
func (c *Checkpoint) Save() ([]byte, []Chunk, error) {
	inline, chunks := c.seen.save()
	c.Chunked = c.seen.chunked
	out, err := c.state.write(inline)
	return out, chunks, err
}

// HasChunks says whether the record of a checkpoint may have chunks beside it. To look for them costs more than to read the record.
func HasChunks(record []byte) bool {
	if len(record) == 0 || record[0] != checkpointFormat {
		return true
	}
	var s state
	_, err := s.read(record)
	return err != nil || s.Chunked
}

// Load takes back what Save gave; chunks in the order of their ids. A checkpoint whose record says that it has chunks needs all of them.
func Load(rule Rule, record []byte, chunks []Chunk) (*Checkpoint, error) {
	if len(record) == 0 || record[0] != checkpointFormat {
		return nil, errors.New("checkpoint has an unknown format")
	}
	c := NewCheckpoint(rule, time.Time{})
	inline, err := c.state.read(record)
	if err != nil {
		return nil, err
	}
	if err := c.seen.loadInline(inline); err != nil {
		return nil, err
	}
	c.seen.expect(chunks)
	for _, chunk := range chunks {
		if err := c.seen.loadChunk(chunk); err != nil {
			return nil, err
		}
	}
	if c.Chunked != c.seen.chunked {
		return nil, fmt.Errorf("%w: chunks expected: %t, found: %t", errSeen, c.Chunked, c.seen.chunked)
	}
	return c, nil
}

// Widen gives the stored checkpoint of a resource whose rule has become another, with the same fields: where the window of the new one reaches
// further back than what is remembered, it is cut, or what was told would be told again. changed is false if it is as it was.
func Widen(record []byte, before, after Rule) (widened []byte, changed bool, err error) {
	if len(record) == 0 || record[0] != checkpointFormat {
		return nil, false, errors.New("checkpoint has an unknown format")
	}
	var s state
	inline, err := s.read(record)
	if err != nil || after.Window() <= before.Window() || after.broken(NotCut) {
		return record, false, err
	}
	mark := s.passed()
	if mark == 0 {
		mark = s.Activated
	}
	s.Covered = max(mark-before.Window().Milliseconds(), s.Covered, 0)
	out, err := s.write(inline)
	return out, true, err
}

// write is what read reads.
func (s *state) write(inline []byte) ([]byte, error) {
	head, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode checkpoint: %w", err)
	}
	out := append(make([]byte, 0, len(head)+len(inline)+6), checkpointFormat)
	out = binary.AppendUvarint(out, uint64(len(head)))
	return append(append(out, head...), inline...), nil
}

// read reads the small part of a stored checkpoint and returns what follows it.
func (s *state) read(record []byte) (inline []byte, err error) {
	n, k := binary.Uvarint(record[1:])
	if k <= 0 || n > uint64(len(record)-1-k) {
		return nil, errors.New("checkpoint is cut short")
	}
	if err := json.Unmarshal(record[1+k:1+k+int(n)], s); err != nil {
		return nil, fmt.Errorf("decode checkpoint: %w", err)
	}
	return record[1+k+int(n):], nil
}
