package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/sdk"
)

// Source gives a page of the provider's with its records.
type Source func(ctx context.Context, query sdk.Query) (sdk.Page, []json.RawMessage, error)

// Limits bound one answer. What ends at one of them goes on with the next.
type Limits struct {
	Pages int           // of the provider's, default 100
	Bytes int           // of their records, default 32 MiB
	Time  time.Duration // default 15 s; looked at between pages
	// Passing reports that an error may be gone with the next request. After the first page it ends an answer as a bound does. nil = none is.
	Passing func(error) bool
	Now     func() time.Time // default time.Now
}

func (l Limits) withDefaults() Limits {
	l.Pages, l.Bytes, l.Time = cmp.Or(l.Pages, 100), cmp.Or(l.Bytes, 32<<20), cmp.Or(l.Time, 15*time.Second)
	if l.Passing == nil {
		l.Passing = func(error) bool { return false }
	}
	if l.Now == nil {
		l.Now = time.Now
	}
	return l
}

// Answer is what a hub URL is answered with.
type Answer struct {
	Records  []json.RawMessage
	Next     *Position // nil = that was all
	Total    *int64    // records of the whole result; nil = not known
	Warnings []string
	Memo     json.RawMessage // what the adapter wants remembered; nil = nothing new
}

// Read reads from a position until the answer is full. Errors: those of the source, *MissingError, *SlowError, *PageError,
// *instance.InvalidError for an order that cannot be made.
func (p Plan) Read(ctx context.Context, at Position, source Source, limits Limits) (Answer, error) {
	w := &walk{Plan: p, at: at, source: source, limits: limits.withDefaults(), most: p.Size, whole: at == Position{Size: at.Size}}
	w.began = w.limits.Now()
	switch {
	case p.One():
		w.most = 1
	case len(p.Sort) > 0:
		w.most, w.at.Drop = 0, 0
	}
	err := w.read(ctx)
	if err != nil {
		return Answer{}, err
	}
	w.out.Warnings = append(slices.Clone(p.Warnings), w.out.Warnings...)
	switch {
	case p.One():
		err = w.one()
	case len(p.Sort) > 0:
		err = w.sorted(at.Drop)
	case w.whole && w.out.Next == nil:
		w.total(int64(len(w.out.Records)))
	case len(p.Host) > 0:
		w.out.Total = nil
	}
	for i, record := range w.out.Records {
		w.out.Records[i] = p.Fields.shape(record, p.Nulls)
	}
	return w.out, err
}

// walk is one answer in the making.
type walk struct {
	Plan
	at     Position
	source Source
	limits Limits
	began  time.Time
	most   int  // records; 0 = all
	whole  bool // it began at the first record
	pages  int
	bytes  int
	cut    string // which bound ended it; "" = none
	out    Answer
}

func (w *walk) read(ctx context.Context) error {
	for {
		page, records, err := w.source(ctx, w.query(w.at))
		if err != nil && w.pages > 0 && w.partial() && w.limits.Passing(err) {
			w.out.Next = &w.at
			return nil
		}
		if err != nil {
			return err
		}
		w.note(page, records)
		done := w.take(records)
		next, more := w.after(w.at, page, records, done)
		if more && next == w.at {
			return &PageError{"the adapter names a page as the one after itself"}
		}
		w.at = next
		switch cut := cmp.Or(w.cut, w.bound()); {
		case !more:
			return nil
		case w.full():
			w.out.Next = &w.at
			return nil
		case cut != "":
			w.cut, w.out.Next = cut, &w.at
			return nil
		}
	}
}

// maxWarnings bounds what an adapter can say in an answer.
const maxWarnings = 20

// note counts a page.
func (w *walk) note(page sdk.Page, records []json.RawMessage) {
	w.pages++
	for _, record := range records {
		w.bytes += len(record)
	}
	if page.Memo != nil {
		w.out.Memo = json.RawMessage(page.Memo)
	}
	if w.out.Total = nil; page.Total != nil && *page.Total >= 0 {
		w.out.Total = page.Total
	}
	for _, text := range page.Warnings {
		if len(w.out.Warnings) < maxWarnings && !slices.Contains(w.out.Warnings, text) {
			w.out.Warnings = append(w.out.Warnings, text)
		}
	}
}

// take puts records that fit into the answer, and returns how many of the page are done with: all before the first that fits and has no room.
func (w *walk) take(records []json.RawMessage) int {
	begin := w.at.skip(records, w.id)
	for i := begin; i < len(records); i++ {
		if (i-begin)%lookEvery == lookEvery-1 && w.late() {
			w.cut = w.lateness()
			return i
		}
		switch {
		case !w.fits(records[i]):
		case w.at.Drop > 0:
			w.at.Drop--
		case w.full():
			return i
		default:
			w.out.Records = append(w.out.Records, records[i])
		}
	}
	return len(records)
}

func (w *walk) fits(record json.RawMessage) bool {
	if len(w.Host) == 0 {
		return true
	}
	return ceql.Match(ceql.And{Terms: w.Host}, w.look.of(record))
}

func (w *walk) full() bool { return w.most > 0 && len(w.out.Records) >= w.most }

// bound tells which bound has been reached.
func (w *walk) bound() string {
	switch {
	case w.pages >= w.limits.Pages:
		return fmt.Sprintf("%d pages of the provider were read", w.pages)
	case w.bytes >= w.limits.Bytes:
		return fmt.Sprintf("%d bytes of records were read", w.bytes)
	case w.late():
		return w.lateness()
	}
	return ""
}

// lookEvery is after how many records of a page the time is looked at: a long clause over many records takes some.
const lookEvery = 256

func (w *walk) late() bool { return w.limits.Now().Sub(w.began) >= w.limits.Time }

func (w *walk) lateness() string { return fmt.Sprintf("%v were over", w.limits.Time) }

// partial reports whether a part of the result is an answer.
func (w *walk) partial() bool { return !w.One() && len(w.Sort) == 0 }

func (w *walk) total(n int64) { w.out.Total = &n }

// one makes an answer of one record.
func (w *walk) one() error {
	w.out.Total = nil
	switch {
	case len(w.out.Records) > 0:
		w.out.Next = nil
		return nil
	case w.cut != "":
		return &SlowError{fmt.Sprintf("no record with ID %s was found before %s", clip(w.ID), w.cut)}
	case w.ID == "":
		return &MissingError{w.Resource.Name, lastOf(w.Vars, w.Resource.Path)}
	}
	return &MissingError{w.Resource.Name, w.ID}
}

// lastOf is the value of a path's last variable.
func lastOf(vars map[string]string, path string) string {
	open, end := strings.LastIndexByte(path, '{'), strings.LastIndexByte(path, '}')
	if open < 0 || end < open {
		return path
	}
	return vars[path[open+1:end]]
}
