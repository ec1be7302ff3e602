package engine_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// The machine's clock jumps an hour ahead, two hours back, and to where it was, while it runs and between two starts. Marks are on the providers'
// clocks, so each record is told, and once.
func TestClockJumps(t *testing.T) {
	t.Parallel()
	var ahead atomic.Int64
	w := setup(t, func(c *engine.Config) {
		c.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	})
	for _, element := range []string{"icontact", "acton"} {
		in := w.create(w.body(element, nil))
		w.watched(in)
	}
	added := 0
	add := func() {
		t.Helper()
		added += 2
		w.icontact.CreateContact(icontact.Contact{Email: fmt.Sprintf("c%d@example.com", added)})
		if _, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": fmt.Sprint(added)}}); err != nil {
			t.Fatal(err)
		}
	}
	for _, restart := range []bool{false, true} {
		for _, jump := range []time.Duration{time.Hour, -time.Hour, 0} {
			add()
			if restart {
				w.stop()
			}
			ahead.Store(int64(jump))
			if restart {
				w.start()
			}
			add()
			w.receiver.wait(t, added)
		}
	}
	w.stop()
	seen := map[string]bool{}
	for _, e := range w.receiver.events {
		seen[e.ID] = true
	}
	if len(seen) != added || len(w.receiver.events) != added {
		t.Errorf("%d events of %d records came, want one of each of %d", len(w.receiver.events), len(seen), added)
	}
}
