package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// shown is how many problems are spelled out.
const shown = 20

// report is the end of a run.
type report struct {
	Tally
	ICONTACT Tally `json:"icontact"`
	ACTON    Tally `json:"acton"`
}

// summary prints what came of the run, and returns an error that names what is not as it should be.
func (w *world) summary(findings map[string]*finding, ran time.Duration) error {
	r := report{ICONTACT: findings["icontact"].Tally, ACTON: findings["acton"].Tally}
	r.Tally = r.ICONTACT.add(r.ACTON)
	w.table(findings, r.Tally, ran)
	if w.config.JSON {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(w.config.Out, "%s\n", line); err != nil {
			return fmt.Errorf("print the counts: %w", err)
		}
	}
	return r.verdict()
}

func (w *world) table(findings map[string]*finding, all Tally, ran time.Duration) {
	s := w.screen
	s.line("")
	s.line("%s", s.paint(bold, fmt.Sprintf("After %v, the providers' own ledgers against what arrived:", ran.Round(time.Second))))
	s.line("")
	s.line("  %-10s %8s %8s %10s %8s %9s %11s", "", "created", "updated", "delivered", "missing", "repeated", "superseded")
	var delays []time.Duration
	var problems []string
	for _, p := range w.providers {
		f := findings[p.key]
		delays, problems = append(delays, f.delays...), append(problems, f.problems...)
		s.line("  %-10s %8d %8d %10d %8d %9d %11d", p.name, f.Created, f.Updated, f.Delivered, f.Missing, f.Duplicate, f.Superseded)
	}
	s.line("")
	if len(delays) > 0 {
		slices.Sort(delays)
		s.line("From a change to its event: median %.2f s, slowest %.2f s. Polls are one second apart.",
			delays[len(delays)/2].Seconds(), delays[len(delays)-1].Seconds())
	}
	if all.Superseded > 0 {
		s.line("Superseded: replaced before a poll could see it, or changed without a new date; the events that are owed are there.")
	}
	if !all.bad() {
		s.line("%s", s.paint(green, "Nothing is missing and nothing was repeated; every signature was right."))
	}
	for i, problem := range problems {
		if i == shown {
			s.line("%s", s.paint(red, fmt.Sprintf("and %d more", len(problems)-shown)))
			break
		}
		s.line("%s", s.paint(red, clean(problem)))
	}
}

// verdict is nil if everything arrived once, as it should.
func (t Tally) verdict() error {
	var parts []string
	for _, p := range []struct {
		n    int
		text string
	}{
		{t.Missing, "changes were not told"}, {t.Duplicate, "events were repeated"},
		{t.Wrong, "events were not as the ledgers say"}, {t.Refused, "notifications were refused"},
	} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.text))
		}
	}
	if len(parts) == 0 {
		return nil
	}
	return errors.New("demo: " + strings.Join(parts, ", "))
}
