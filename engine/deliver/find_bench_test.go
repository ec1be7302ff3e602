package deliver

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// BenchmarkFindInVain is what a look at every kept meta costs, which bounds List, Find and the engine's analytics: "us/row", on Badger,
// encrypted, with payloads of 1 KB, of which nine in ten were delivered.
func BenchmarkFindInVain(b *testing.B) {
	s, err := badgerstore.Open(badgerstore.Config{Dir: b.TempDir(), Key: make([]byte, 32)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const rows, step = 50_000, 500
	src := source()
	src.PollDate = time.Now()
	src.Format, src.Batch = FormatStandard, 1
	filler := fmt.Sprintf(`"%01000d"`, 7)
	for n := 0; n < rows; n += step {
		var changes []change.Change
		for i := range step {
			changes = append(changes, change.Change{ObjectID: fmt.Sprint(n + i), Kind: change.Created, Record: []byte(filler)})
		}
		emit := Form(src, changes)
		out, err := store.One(s.Commit(b.Context(), store.Change{Emit: emit}))
		if err != nil {
			b.Fatal(err)
		}
		var drop []store.Drop
		for i, seq := range out.Seqs {
			if i%10 > 0 {
				drop = append(drop, store.Drop{Lane: emit[i].Lane, Seq: seq})
			}
		}
		if _, err := store.One(s.Commit(b.Context(), store.Change{Drop: drop})); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		if _, err := Find(b.Context(), s, "42", "none", false); !errors.Is(err, ErrNoNotification) {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/rows, "us/row")
}
