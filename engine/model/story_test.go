package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
)

// shrinking is how long shorter scripts are tried.
const shrinking = 10 * time.Second

// story tells how a promise is broken, with a script as short as it can be found.
func story(s script, mutant change.Mutant) string {
	full := len(s.ops)
	s, err := shrink(s, mutant)
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %v\n\nThe shortest script found that breaks a promise (%d of %d mutations), times after the begin of the watch by our clock:\n", s.seed, err, len(s.ops), full)
	fmt.Fprintf(&b, "%v\n", s.settings)
	ops := s.ops
	for _, v := range s.visits {
		for len(ops) > 0 && ops[0].at <= v.at {
			fmt.Fprintln(&b, ops[0])
			ops = ops[1:]
		}
		fmt.Fprintln(&b, v)
	}
	for _, o := range ops {
		fmt.Fprintln(&b, o)
	}
	return b.String()
}

// shrink leaves out what the failure does not need, in smaller and smaller pieces.
func shrink(s script, mutant change.Mutant) (script, error) {
	_, err := play(s, mutant)
	until := time.Now().Add(shrinking)
	fails := func(c script) bool {
		if time.Now().After(until) {
			return false
		}
		_, e := play(c, mutant)
		if !alike(e, err) {
			return false
		}
		err = e
		return true
	}
	for before := -1; before != len(s.ops)+len(s.visits) && time.Now().Before(until); {
		before = len(s.ops) + len(s.visits)
		s.ops = reduce(s.ops, func(ops []op) bool { c := s; c.ops = ops; return fails(c) })
		s.visits = reduce(s.visits, func(visits []visit) bool { c := s; c.visits = visits; return fails(c) })
	}
	return s, err
}

// reduce drops runs of items, half of them first, as long as the rest still fails.
func reduce[T any](items []T, fails func([]T) bool) []T {
	for size := (len(items) + 1) / 2; size > 0; size /= 2 {
		for at := 0; at < len(items); {
			rest := slices.Concat(items[:at], items[min(at+size, len(items)):])
			if fails(rest) {
				items = rest
			} else {
				at += size
			}
		}
	}
	return items
}

// alike: both are broken promises of one sort, which is what they say after the state.
func alike(a, b error) bool {
	return a != nil && b != nil && sortOf(a) == sortOf(b)
}

func sortOf(err error) string {
	_, what, _ := strings.Cut(err.Error(), "}) ")
	what, _, _ = strings.Cut(what, "(")
	return what
}
