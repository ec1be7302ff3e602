package deliver

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

var chaosSeed = flag.Uint64("deliver.seed", 0, "seed of TestOrderFromARandomSeed; 0 = a random one")

// TestObjectsUnderRandomTroubles is TestOrderUnderRandomFaults with eight lanes, whose number and order change while rows wait, with refused
// notifications, dead letters, lost answers, outages, pauses and limits.
func TestObjectsUnderRandomTroubles(t *testing.T) {
	t.Parallel()
	for seed := range uint64(80) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newChaos(t, rand.New(rand.NewPCG(seed, 11))).play() })
		})
	}
}

// TestOrderFromARandomSeed plays the same, once in memory and once with Badger, which each restart closes and opens.
func TestOrderFromARandomSeed(t *testing.T) {
	t.Parallel()
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	for name, stored := range map[string]func(*testing.T) func() store.Store{
		"memory": func(*testing.T) func() store.Store { return nil },
		"badger": badgers,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Logf("play it again with -deliver.seed=%d", seed)
			synctest.Test(t, func(t *testing.T) {
				c := newChaos(t, rand.New(rand.NewPCG(seed, 11)))
				if c.reopen = stored(t); c.reopen != nil {
					c.store.Store = c.reopen()
				}
				c.play()
			})
		})
	}
}

// badgers gives a store in a folder; each call closes it and opens it again.
func badgers(t *testing.T) func() store.Store {
	dir, key := t.TempDir(), bytes.Repeat([]byte("k"), 32)
	var open *badgerstore.Store
	shut := func() {
		if open != nil {
			if err := open.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(shut)
	return func() store.Store {
		shut()
		var err error
		if open, err = badgerstore.Open(badgerstore.Config{Dir: dir, Key: key, Small: true}); err != nil {
			t.Fatal(err)
		}
		return open
	}
}

// chaosOfLanes is a world with an instance whose callback does its worst, and a witness.
type chaosOfLanes struct {
	*world
	random *rand.Rand
	seen   *witness
	down   bool // the callback, for everybody
	tame   bool // it has stopped failing on some bodies
	order  Order
	paused bool
	rate   float64
	sender *Sender
	stop   func()
	reopen func() store.Store // nil: the store outlives a restart as it is
}

func newChaos(t *testing.T, random *rand.Rand) *chaosOfLanes {
	c := &chaosOfLanes{world: newWorld(t), random: random, seen: newWitness(t)}
	c.answer = c.play200
	c.target = func(string) (Target, error) {
		c.mu.Lock()
		defer c.mu.Unlock()
		return Target{URL: "https://x/", Enabled: true, Paused: c.paused, Order: c.order, Rate: c.rate}, nil
	}
	c.store.commit = func(store.Change) (bool, error) {
		if c.number(8) == 0 {
			return c.number(2) == 0, errDisk
		}
		return true, nil
	}
	c.store.read = func(store.Lane, store.Seq, int) error {
		if c.number(12) == 0 {
			return errDisk
		}
		return nil
	}
	return c
}

func (c *chaosOfLanes) number(n int) (drawn int) {
	c.set(func() { drawn = c.random.IntN(n) })
	return drawn
}

// play200 answers: one in nine bodies is refused for ever, and one more makes the callback fail.
func (c *chaosOfLanes) play200(ctx context.Context, p post) (Answer, error) {
	var down, tame bool
	c.set(func() { c.seen.send(p); down, tame = c.down, c.tame })
	select {
	case <-time.After(time.Duration(c.number(16_000)) * time.Millisecond): // some are too slow
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	}
	switch poison := spread(p.id, 9); {
	case down:
		return Answer{}, &egress.Error{Kind: egress.ErrDial}
	case poison == 0:
		return Answer{Status: 422}, nil
	case poison == 1 && !tame: // alone, it is not told from a callback in trouble
		return Answer{Status: 500}, nil
	}
	switch c.number(20) {
	case 0:
		return Answer{}, errDown
	case 4: // it was taken, but we cannot know
		return Answer{}, &egress.Error{Kind: []egress.Kind{egress.ErrReset, egress.ErrTimeout, egress.ErrTooLarge, egress.ErrProtocol}[c.number(4)]}
	case 5:
		return Answer{}, &egress.Error{Kind: []egress.Kind{egress.ErrTLS, egress.ErrDNS, egress.ErrRefused}[c.number(3)]}
	case 6:
		return Answer{Status: 400 + c.number(4)}, nil
	case 1:
		return Answer{Status: 503}, nil
	case 2:
		return Answer{Status: 429, Header: map[string][]string{"Retry-After": {"20"}}}, nil
	case 3:
		return Answer{Status: 410}, nil
	}
	c.set(func() { c.seen.settle(p.id) })
	return Answer{Status: 200}, nil
}

func (c *chaosOfLanes) start() {
	c.sender = c.world.sender(func(cfg *Config) {
		cfg.Workers, cfg.CacheBytes, cfg.Grace = 1+c.number(8), 1+c.number(3000), time.Duration(c.number(10)-1)*time.Second
		cfg.HostWorkers, cfg.HostRate = 1+c.number(8), []float64{0, 0, 0.3, 5}[c.number(4)]
		cfg.Retries = []time.Duration{time.Second, 10 * time.Second, time.Minute}
		cfg.OnDeadLetter = func(d DeadLetter) { c.set(func() { c.seen.settle(d.Notification) }) }
		cfg.OnPause = func(context.Context, Pause) error {
			if c.number(5) == 0 {
				return errDisk
			}
			c.set(func() { c.paused = true })
			return nil
		}
	})
	c.stop = c.run(c.sender)
}

// restart lets another process take over. What the first one buried without hearing of it counts, too.
func (c *chaosOfLanes) restart() {
	c.stop()
	if c.reopen != nil {
		c.store.Store = c.reopen()
	}
	for _, d := range c.letters() {
		c.seen.settle(d.Notification)
	}
	c.start()
}

func (c *chaosOfLanes) letters() []DeadLetter {
	c.t.Helper()
	letters, err := DeadLetters(c.t.Context(), c.store.Store, "42", time.Time{}, store.Key{}, 1<<20)
	if err != nil {
		c.t.Fatal(err)
	}
	return letters
}

func (c *chaosOfLanes) resume() {
	c.set(func() { c.paused = false })
	c.sender.Resume("42")
}

func (c *chaosOfLanes) play() {
	const polls, objects = 40, 12
	c.start()
	src := source()
	src.Lanes = 8
	for range polls {
		src.PollDate, src.Batch = time.Now(), 1+c.number(4)
		if c.number(5) == 0 {
			src.Lanes, src.Order = 1+c.number(9), []Order{OrderObject, OrderObject, OrderStrict}[c.number(3)]
			c.set(func() { c.order, c.rate = src.Order, []float64{0, 0.2, 3}[c.random.IntN(3)] })
		}
		var changes []change.Change
		for range 1 + c.number(8) {
			changes = append(changes, c.seen.tell(c.world, strconv.Itoa(c.number(objects))))
		}
		c.tell(c.sender, src, changes...)
		time.Sleep(time.Duration(1+c.number(30_000)) * time.Millisecond)
		switch c.number(10) {
		case 0:
			c.restart()
		case 1:
			c.set(func() { c.down = !c.down })
		case 2, 3:
			c.resume()
		}
	}
	c.set(func() { c.down, c.order = false, OrderObject }) // strict order would wait for the refused ones for ever
	for n := range 500 {
		time.Sleep(10 * time.Minute)
		c.set(func() { c.tame = n > 5 })
		c.resume()
		if synctest.Wait(); c.sender.Stats() == (Stats{}) {
			break
		}
	}
	c.end()
}

func (c *chaosOfLanes) end() {
	if left, err := c.store.Backlogs(c.t.Context()); err != nil || len(left) != 0 || c.sender.Stats() != (Stats{}) {
		c.t.Errorf("left over: %v, %v, %+v", left, err, c.sender.Stats())
	}
	q := c.sender.queue
	time.Sleep(time.Minute) // until the rates have rested
	synctest.Wait()
	if len(q.limits) != 0 {
		c.t.Errorf("an idle sender remembers %d limits", len(q.limits))
	}
	if len(q.lanes) != 0 || len(q.callbacks) != 0 || len(q.clock) != 0 || q.cached != 0 {
		c.t.Errorf("an idle sender remembers %d lanes, %d callbacks, %d alarms, %d bytes", len(q.lanes), len(q.callbacks), len(q.clock), q.cached)
	}
	c.stop()
	if diff := cmp.Diff(c.seen.told, c.seen.settled); diff != "" {
		c.t.Errorf("events told and settled, by object: %s", diff)
	}
	for _, d := range c.letters() {
		whole, err := ReadDeadLetter(c.t.Context(), c.store.Store, d.Key)
		if err != nil || string(whole.Payload) != c.seen.bodies[d.Notification] {
			c.t.Errorf("dead letter %s: %v, another body than was sent", d.Notification, err)
		}
	}
}

// witness holds what the callback sees against invariants 1, 3 and 8. Versions of an object count from 0.
type witness struct {
	t       *testing.T
	told    map[string]int    // by object: versions told
	settled map[string]int    // by object: versions whose notification was taken or given up, without a gap
	bodies  map[string]string // by webhook-id
}

func newWitness(t *testing.T) *witness {
	return &witness{t: t, told: map[string]int{}, settled: map[string]int{}, bodies: map[string]string{}}
}

func (v *witness) tell(w *world, object string) change.Change {
	version := 0
	w.set(func() { version = v.told[object]; v.told[object]++ })
	text := strconv.Itoa(version)
	return change.Change{ObjectID: object, Kind: change.Updated, Version: text, Record: []byte(`"` + object + `/` + text + `"`)}
}

// send checks the first sending of each event: all earlier ones of its object must have been settled, or be in the same body.
func (v *witness) send(p post) {
	if body, again := v.bodies[p.id]; again {
		if body != p.body {
			v.t.Errorf("%s was sent with two bodies", p.id)
		}
		return
	}
	v.bodies[p.id] = p.body
	within := map[string]int{}
	for _, e := range eventsOf(v.t, p.body) {
		if want := v.settled[e.object] + within[e.object]; e.version != want {
			v.t.Errorf("version %d of object %s is first sent when version %d is due", e.version, e.object, want)
		}
		within[e.object]++
	}
}

func (v *witness) settle(id string) {
	for _, e := range eventsOf(v.t, v.bodies[id]) {
		v.settled[e.object] = max(v.settled[e.object], e.version+1)
	}
}

type objectVersion struct {
	object  string
	version int
}

func eventsOf(t *testing.T, body string) (all []objectVersion) {
	t.Helper()
	for _, record := range envelopeOf(t, body).records(t, "contacts") {
		object, text, _ := strings.Cut(strings.Trim(string(record), `"`), "/")
		version, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, objectVersion{object, version})
	}
	return all
}
