package deliver

import (
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const (
	// aheadBytes is how many bytes of payload one read of a lane aims at; aheadRows is the most rows it asks for.
	aheadBytes = 256 << 10
	aheadRows  = 16
	// guessBytes is the size of a row before the lane's first one was seen.
	guessBytes = 64 << 10
)

// lane is the sender's view of one outbox lane that has, or may have, waiting rows. A lane with none is forgotten. The store is the
// truth: what is here can be lost and is found again by reading behind `after`.
//
// All fields but those of the holder are guarded by queue.mu.
type lane struct {
	key      store.Lane
	callback *callback

	state  state
	next   *lane  // in a line of turns
	alarm  alarm  // while troubled or parked
	permit permit // what it may do of what its limits allow
	again  bool   // refreshed while held: do not wait
	old    bool   // its rows were there at the start: their retries may have been counted by an earlier process

	after  store.Seq            // every row up to here is dropped
	rows   []store.Notification // read ahead, the first ones behind `after`
	more   bool                 // the store may hold rows behind `rows`
	asked  bool                 // the worker that holds the lane is reading
	rewind bool                 // rows may wait behind `from`, which is before `after`
	from   store.Seq

	waiting int       // rows, roughly: exact whenever the lane has been read to its end
	formed  time.Time // of the first row, if it was ever read
	seen    bool      // formed is that of the row that comes first now
	size    int       // bytes of a row, as last seen

	reserved int // bytes of the cache that are kept for what is being read

	holder
}

// holder is what the worker that holds the lane remembers from one turn to the next. Only refresh touches it from outside, and only
// while nobody holds the lane.
type holder struct {
	trying    store.Seq // the row that the next four are about
	attempts  int
	refusals  int  // faults that counted against it
	failed    bool // it failed since the callback had
	successes int  // so many 2xx
	faults    int  // troubles of our side in a row, for the backoff
	parked    int  // times in a row without a target
	receipt   *receipt
	letter    *letter
}

// try begins to count for a row, if it is another one than before.
func (h *holder) try(seq store.Seq) {
	if h.trying != seq {
		*h = holder{trying: seq, faults: h.faults, parked: h.parked}
	}
}

// forgive forgets all troubles.
func (h *holder) forgive() { h.faults, h.parked, h.refusals, h.failed = 0, 0, 0, false }

// settled says whether the row in hand needs no more than a commit.
func (h *holder) settled() bool { return h.receipt != nil || h.letter != nil }

type state int

const (
	ready    state = iota // in the list, a worker will take it
	held                  // a worker has it
	troubled              // in the clock after trouble of the first row or of ours; only Refresh cuts it short
	parked                // in the clock without a target; Wake and Refresh cut it short
	blocked               // waits for its callback
	gated                 // waits for rows of the instance that were stored under another layout
	limited               // in line at its host or instance
)

// reached is the last row that was read or dropped.
func (l *lane) reached() store.Seq {
	if n := len(l.rows); n > 0 {
		return l.rows[n-1].Seq
	}
	return l.after
}

// busy says whether there is something left to do.
func (l *lane) busy() bool {
	return len(l.rows) > 0 || l.more || l.asked || l.rewind || l.settled()
}

// hasRead says whether all of these rows are in memory.
func (l *lane) hasRead(seqs []store.Seq) bool {
	for _, seq := range seqs {
		if !slices.ContainsFunc(l.rows, func(row store.Notification) bool { return row.Seq == seq }) {
			return false
		}
	}
	return len(seqs) > 0
}

// lookAt makes the next read begin behind seq, or behind the last dropped row if that is earlier: never behind rows that are in memory and
// not dropped.
func (l *lane) lookAt(seq store.Seq) {
	seq = min(seq, l.after)
	if !l.rewind || seq < l.from {
		l.rewind, l.from, l.seen = true, seq, false
	}
}

// headFormed is when the first row in memory was formed; zero when there is none or its meta cannot be read.
func (l *lane) headFormed() time.Time {
	if len(l.rows) == 0 {
		return time.Time{}
	}
	meta, _ := ReadMeta(l.rows[0].Meta) // the worker that sends the row logs the error
	return meta.Formed
}

// before is the place to read from so that seq comes first.
func before(seq store.Seq) store.Seq { return max(seq, 1) - 1 }
