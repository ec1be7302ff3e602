package badgerstore

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// TestRunSweeps has time pass in a bubble.
func TestRunSweeps(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := setup(t, Config{Dir: dir, History: time.Hour})
		l := store.Lane{Instance: "i"}
		seqs := commit(t, s, store.Change{Emit: []store.Notification{{Lane: l, ID: "dropped"}, {Lane: l, ID: "waits"}}}).Seqs
		commit(t, s, store.Change{Drop: []store.Drop{{Lane: l, Seq: seqs[0]}}})
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- s.Run(ctx) }()
		time.Sleep(59 * time.Minute)
		if got, err := s.Kept(ctx, "i", 0, 9); err != nil || len(got) != 2 {
			t.Fatalf("%+v, %v, want both", got, err)
		}
		time.Sleep(16 * time.Minute)
		if got, err := s.Kept(ctx, "i", 0, 9); err != nil || len(got) != 1 || got[0].Seq != seqs[1] || !got[0].Waiting {
			t.Fatalf("%+v, %v, want what waits", got, err)
		}
		stop()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	})
}

// TestRunEndsWithTheStore closes a store under its Run.
func TestRunEndsWithTheStore(t *testing.T) {
	t.Parallel()
	s := setup(t, Config{Dir: t.TempDir(), Sweep: time.Millisecond})
	ended := make(chan error)
	go func() { ended <- s.Run(t.Context()) }()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
