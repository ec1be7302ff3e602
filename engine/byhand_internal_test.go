package engine

import (
	"context"
	"errors"
	"testing"
)

// TestTurnsByHandAreShared: an instance has a quarter of the turns, and waits for none of the others'; when all are taken one waits no longer than
// its caller does.
func TestTurnsByHandAreShared(t *testing.T) {
	t.Parallel()
	h := newHands(8)
	var ends []func()
	for _, instance := range []string{"1", "1", "2", "2", "3", "3", "4", "4"} {
		done, err := h.turn(t.Context(), instance)
		if err != nil {
			t.Fatalf("instance %s: %v", instance, err)
		}
		ends = append(ends, done)
	}
	var conflict *ConflictError
	if _, err := h.turn(t.Context(), "1"); !errors.As(err, &conflict) {
		t.Errorf("a third turn of an instance: err %v", err)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.turn(gone, "5"); !errors.As(err, &conflict) {
		t.Errorf("a ninth turn: err %v", err)
	}
	for _, done := range ends {
		done()
	}
	if done, err := h.turn(t.Context(), "1"); err != nil || len(h.busy) != 1 {
		t.Errorf("a turn when all have ended: err %v, busy %v", err, h.busy)
	} else {
		done()
	}
}
