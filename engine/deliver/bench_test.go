package deliver

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

// BenchmarkForm is per event, with records of 1 KB.
func BenchmarkForm(b *testing.B) {
	for _, batch := range []int{1, 10} {
		b.Run(fmt.Sprint("batch=", batch), func(b *testing.B) {
			changes := contacts(1000)
			for i := range changes {
				changes[i].Record = json.RawMessage(`{"text":"` + string(bytes.Repeat([]byte("x"), 1000)) + `"}`)
			}
			src := source()
			src.Batch = batch
			b.ReportAllocs()
			b.ResetTimer()
			for n := b.N; n > 0; n -= len(changes) {
				Form(src, changes[:min(n, len(changes))])
			}
		})
	}
}

// BenchmarkSend is per notification of 1 KB, signed, from the outbox of a store in memory to a callback that costs nothing.
func BenchmarkSend(b *testing.B) {
	const lanes = 256
	memory := memstore.New(nil)
	payload := bytes.Repeat([]byte("x"), 1000)
	for first := 0; first < b.N; first += 1000 {
		rows := make([]store.Notification, 0, 1000)
		for i := first; i < min(first+1000, b.N); i++ {
			rows = append(rows, store.Notification{
				Lane: store.Lane{Instance: fmt.Sprint(i % lanes)}, ID: fmt.Sprint(i),
				Meta: Meta{Events: 10, Resource: "contacts"}.encode(), Payload: payload,
			})
		}
		if _, err := store.One(memory.Commit(b.Context(), store.Change{Emit: rows})); err != nil {
			b.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(b.Context())
	var sent atomic.Int64
	s, err := New(Config{
		Store: instant{memory}, Targets: oneTarget{Target{URL: "x", SignatureKey: []byte("key"), Enabled: true}}, Poster: noPoster{},
		OnAttempt: func(Attempt) {
			if sent.Add(1) == int64(b.N) {
				cancel()
			}
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.ResetTimer()
	if err := s.Run(ctx); err != nil {
		b.Fatal(err)
	}
}

// instant takes the cost of dropping and logging out of the measure: it is the store's own.
type instant struct{ store.Store }

func (instant) Commit(context.Context, ...store.Change) ([]store.Outcome, error) {
	return make([]store.Outcome, 1), nil
}

type noPoster struct{}

func (noPoster) Post(context.Context, string, http.Header, []byte) (Answer, error) {
	return Answer{Status: 200}, nil
}
