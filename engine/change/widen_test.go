package change

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/javadate"
)

// A window that is made wider repeats nothing of what the narrower one has told and forgotten, and reaches as far back as it should once the
// mark has moved on.
func TestWiden(t *testing.T) {
	t.Parallel()
	rule := func(overlap time.Duration) Rule {
		id, err := ParsePath("id")
		if err != nil {
			t.Fatal(err)
		}
		date, err := ParsePath("at")
		if err != nil {
			t.Fatal(err)
		}
		format, err := javadate.Compile("milliseconds", time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		return Rule{Fields: Fields{ID: id, Updated: Field{date, format}}, Overlap: overlap}
	}
	narrow, wide := rule(time.Minute), rule(time.Hour)
	start := time.Date(2026, 6, 9, 12, 0, 0, 0, time.UTC)
	at := func(minutes int) time.Time { return start.Add(time.Duration(minutes) * time.Minute) }
	record := func(minutes int) []byte {
		return fmt.Appendf(nil, `{"id":"%d","at":%d}`, minutes, at(minutes).UnixMilli())
	}
	cp := NewCheckpointFrom(narrow, start)
	scan := func(rule Rule, clock time.Time, minutes ...int) (told int, since time.Time) {
		t.Helper()
		s := Begin(rule, cp)
		since = s.Since()
		s.SetClock(clock, clock)
		for _, m := range minutes {
			if at(m).Before(since) {
				continue
			}
			changes, _ := s.Page([]json.RawMessage{record(m)})
			told += len(changes)
		}
		s.Finish()
		value, chunks, err := cp.Save()
		if err != nil {
			t.Fatal(err)
		}
		if cp, err = Load(rule, value, chunks); err != nil {
			t.Fatal(err)
		}
		return told, since
	}
	if told, _ := scan(narrow, at(10), 1, 5, 10); told != 3 {
		t.Fatalf("told %d, want 3", told)
	}
	scan(narrow, at(30), 30) // 1, 5 and 10 are forgotten
	value, _, err := cp.Save()
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []Rule{narrow, rule(time.Second)} {
		if _, changed, err := Widen(value, narrow, to); err != nil || changed {
			t.Errorf("a window that is no wider: changed %t, %v", changed, err)
		}
	}
	widened, changed, err := Widen(value, narrow, wide)
	if err != nil || !changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	if cp, err = Load(wide, widened, nil); err != nil {
		t.Fatal(err)
	}
	told, since := scan(wide, at(40), 1, 5, 10, 30, 40)
	if told != 1 || since.Before(at(28)) {
		t.Errorf("told %d, want the one that is new; asked from %v", told, since)
	}
	if told, _ := scan(wide, at(60), 40, 35, 60); told != 2 { // 35 came late: the wider window has it
		t.Errorf("told %d, want 35 and 60", told)
	}
	if _, since := scan(wide, at(200), 200); since.After(at(60)) {
		t.Errorf("asked from %v", since)
	}
	if _, since := scan(wide, at(210), 210); !since.Equal(at(140)) {
		t.Errorf("asked from %v, want an hour before the mark", since)
	}
	if _, _, err := Widen([]byte("x"), narrow, wide); err == nil {
		t.Error("a damaged checkpoint is no error")
	}
}
