package badgerstore

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

const killWriters = 8

// TestKilledProcessLosesNothing kills a process that commits, again and again, and then looks for every commit it had been told of.
// It is not parallel: between fork and exec a child holds the locks of all folders of the parent, and another test could not reopen one.
func TestKilledProcessLosesNothing(t *testing.T) {
	kills{limits: []int{1, 40, 300, 2, 900, 0, 120, 600}}.test(t)
}

// TestKilledCollectionLosesNothing is the same of a process that rewrites the value log without end.
func TestKilledCollectionLosesNothing(t *testing.T) {
	kills{limits: []int{500, 300, 411, 322, 433, 344}, collects: true}.test(t)
}

// kills says after how many commits a child is killed, and whether it collects its value log.
type kills struct {
	limits   []int
	collects bool
}

func (k kills) test(t *testing.T) {
	dir := t.TempDir()
	told := map[int]store.Version{} // the greatest acknowledged version of each writer's record
	numbers := map[store.Seq]bool{} // all that were ever acknowledged
	collected, gone := 0, 0         // rounds in which files of the value log went, and those files
	for round, until := range k.limits {
		k.after(t, dir, until, told, numbers)
		if n := goneValues(dir); n > gone {
			collected, gone = collected+1, n
		}
		s := setup(t, Config{Dir: dir, tiny: k.collects})
		for i := range killWriters {
			checkWriter(t, s, round, i, told[i])
		}
		for seq := range numbers {
			if !waits(t, s, seq) {
				t.Fatalf("round %d: notification %d is lost", round, seq)
			}
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if len(numbers) < 1000 {
		t.Fatalf("only %d commits were acknowledged, the test shows little", len(numbers))
	}
	if k.collects && collected < len(k.limits)/2 {
		t.Errorf("files of the value log went in %d of %d rounds, %d of them: the test shows little", collected, len(k.limits), gone)
	}
}

// goneValues counts the files of the value log that were and are no more. They are numbered from 1.
func goneValues(dir string) int { return newestLog(dir, valueExt) - len(logs(dir, valueExt)) }

// after runs the child until it has told of some commits, kills it, and notes all that it told.
func (k kills) after(t *testing.T, dir string, until int, told map[int]store.Version, numbers map[store.Seq]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-child", dir, fmt.Sprintf("-child.collects=%t", k.collects))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; n < until && lines.Scan(); n++ {
		note(t, lines.Text(), told, numbers)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() { // told before the kill, read after it
		note(t, lines.Text(), told, numbers)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != -1 {
		t.Fatalf("the child ended by itself: %v", err)
	}
}

func note(t *testing.T, line string, told map[int]store.Version, numbers map[store.Seq]bool) {
	t.Helper()
	var i int
	var v store.Version
	var seq store.Seq
	if _, err := fmt.Sscanf(line, "%d %d %d.", &i, &v, &seq); err != nil {
		return // the kill cut it
	}
	if numbers[seq] {
		t.Fatalf("number %d was given twice", seq)
	}
	told[i], numbers[seq] = max(told[i], v), true
}

// checkWriter wants all acknowledged versions of a record there, and with every version all that was committed with it.
func checkWriter(t *testing.T, s *Store, round, i int, told store.Version) {
	t.Helper()
	k := killKey(i)
	got, err := s.Get(t.Context(), k)
	if err != nil {
		t.Fatal(err)
	}
	v := got[0].Version
	if v < told {
		t.Fatalf("round %d: writer %d is at version %d, %d was acknowledged", round, i, v, told)
	}
	rows, err := s.Outbox(t.Context(), killLane(i), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	chunks, err := s.Chunks(t.Context(), k, "", 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != int(v) || len(chunks) != int(v) {
		t.Fatalf("round %d: writer %d is at version %d with %d notifications and %d chunks", round, i, v, len(rows), len(chunks))
	}
	for n, row := range rows {
		if !bytes.Equal(row.Payload, killPayload(i, store.Version(n))) {
			t.Fatalf("round %d: notification %d of writer %d is another one", round, n, i)
		}
	}
	dropped, err := s.Outbox(t.Context(), dropLane(i), 0, 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if len(dropped) > round+1 || v > 0 && len(dropped) == 0 {
		t.Fatalf("round %d: writer %d has %d notifications waiting that the next change drops", round, i, len(dropped))
	}
	if _, err := s.Kept(t.Context(), killLane(i).Instance, 0, 1<<20); err != nil {
		t.Fatal(err)
	}
}

func waits(t *testing.T, s *Store, seq store.Seq) bool {
	t.Helper()
	for i := range killWriters {
		rows, err := s.Outbox(t.Context(), killLane(i), seq-1, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 1 && rows[0].Seq == seq {
			return true
		}
	}
	return false
}

func killKey(i int) store.Key   { return store.Key{Partition: store.Partition(i), Name: "writer"} }
func killLane(i int) store.Lane { return store.Lane{Instance: fmt.Sprintf("writer-%d", i)} }

// dropLane has what a writer's next change drops: of each life of the child, the last one waits.
func dropLane(i int) store.Lane { return store.Lane{Instance: killLane(i).Instance, Number: 1} }

// commitForEver is the child: each writer puts its record, a chunk and two notifications in one change, drops one of the change before, and
// tells when it is durable. Beside them a sweep deletes what was dropped, without end, and where it collects, the value log is rewritten.
func commitForEver(dir string, collects bool) int {
	s, err := Open(Config{Dir: dir, Key: testKey, Small: true, History: time.Nanosecond, tiny: collects})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	var all sync.WaitGroup
	for i := range killWriters {
		all.Go(func() {
			if err := writeForEver(s, i, collects); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	}
	all.Go(func() {
		for err == nil {
			if _, err = s.sweep(context.Background()); err == nil && collects {
				err = s.reclaim(context.Background())
			}
		}
		fmt.Fprintln(os.Stderr, err)
	})
	all.Wait() // only errors end the writers
	return 1
}

// killPayload is what a writer's notification of a version has: more than is kept in the tree.
func killPayload(i int, v store.Version) []byte { return killNoise(i, v, 3<<10) }

// killNoise does not compress.
func killNoise(i int, v store.Version, n int) []byte {
	noise := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{byte(i), byte(v), byte(v >> 8), byte(n >> 10)}).Read(noise)
	return noise
}

// writeForEver is one writer. Of what it writes most is garbage soon, if the value log is collected.
func writeForEver(s *Store, i int, garbage bool) error {
	ctx := context.Background()
	got, err := s.Get(ctx, killKey(i))
	if err != nil {
		return err
	}
	noise := killNoise(i, 0, 12<<10) // logs are changed while the kill comes
	brief := noise[:4<<10]
	if garbage {
		brief = killNoise(i, 1, 48<<10)
	}
	var drop []store.Drop
	for v := got[0].Version; ; v++ {
		o, err := store.One(s.Commit(ctx, store.Change{
			Puts: []store.Put{{Key: killKey(i), Expect: v, Value: []byte("v")}},
			Side: []store.Chunk{{Key: killKey(i), ID: fmt.Sprintf("%08d", v), Value: noise}},
			Emit: []store.Notification{{Lane: killLane(i), ID: fmt.Sprint(v), Payload: killPayload(i, v)}, {Lane: dropLane(i), ID: "d", Payload: brief}},
			Drop: drop,
		}))
		if err != nil {
			return err
		}
		drop = []store.Drop{{Lane: dropLane(i), Seq: o.Seqs[1]}}
		fmt.Printf("%d %d %d.\n", i, v+1, o.Seqs[0]) // one write: a line is told whole or cut at the end
	}
}
