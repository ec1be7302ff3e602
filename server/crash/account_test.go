package crash

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// openFor is how long after its answer a notification may still be in flight: the answer has to be read and its acknowledgement made durable, on
// a machine that may be very busy. The total says how long it was at most.
const openFor = 3 * time.Second

// account says of every version of every object what became of it.
type account struct {
	world *world

	mu       sync.Mutex
	ledgers  map[string]int64 // how far each simulator's was read
	journal  int              // and the sink's
	versions map[key]*version
	last     map[key]*version // of an object: its key without a version
	arrivals map[int]*arrival
	ended    map[int]time.Time // when a run was killed
	watching bool              // the baselines of what is compared by content are stored
	awaited  map[string]int    // deletions that were not told yet, by element
	totals
}

// totals are what the account comes to.
type totals struct {
	produced, delivered int
	byContent, deleted  int           // of what was produced: by resources that are compared by content, and the deletions among it
	unchanged           int           // updates that left the content as it was, of which nothing may be told
	refused             int           // notifications that the receiver did not take
	repeated            int           // versions that came again
	inFlight            int           // of these: nobody had heard of their acknowledgement when the kill came
	latest              time.Duration // before its kill such a notification was answered
	disorder            int
	wrong               []string // what must not be
}

// version is one state of an object.
type version struct {
	key
	kind      string   // as it must be told
	base      bool     // it was there before the watch began, and must not be told
	before    *version // of the same object; nil = none
	came      []*arrival
	delivered bool
}

// arrival is a notification that came in.
type arrival struct {
	run      int
	webhook  string
	keys     []key
	refused  bool
	answered time.Time // zero = not
}

func newAccount(w *world) *account {
	return &account{world: w, ledgers: map[string]int64{}, versions: map[key]*version{}, last: map[key]*version{}, arrivals: map[int]*arrival{}, ended: map[int]time.Time{},
		awaited: map[string]int{}}
}

// end notes that a run is about to be killed: what the sink answers from now on is heard by nobody.
func (a *account) end(run int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.ended[run] = time.Now()
}

// update reads on in the journals: the sink's first, so that what is told is known.
func (a *account) update() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	notes, err := a.readJournal()
	if err != nil {
		return err
	}
	for _, element := range []string{"icontact", "acton"} {
		if err := a.readLedger(element); err != nil {
			return err
		}
	}
	for _, n := range notes {
		a.fold(n)
	}
	a.journal += len(notes)
	return nil
}

func (a *account) readJournal() (notes []note, err error) {
	res, err := a.world.client.Get(fmt.Sprintf("%s/_journal?after=%d", a.world.urls["sink"], a.journal))
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	return notes, json.NewDecoder(res.Body).Decode(&notes)
}

func (a *account) readLedger(element string) error {
	var ledger struct{ Entries []simkit.Entry }
	err := a.world.tryControl(a.world.t.Context(), http.MethodGet, element, fmt.Sprintf("ledger?after=%d", a.ledgers[element]), nil, &ledger)
	for _, e := range ledger.Entries {
		if err := a.produce(element, e); err != nil {
			return err
		}
		a.ledgers[element] = e.Seq
	}
	return err
}

// kinds are the words of events for what happened at a provider.
var kinds = map[simkit.Op]string{simkit.Create: "CREATED", simkit.Update: "UPDATED", simkit.Delete: "DELETED"}

// produce enters what happened at a provider.
func (a *account) produce(element string, e simkit.Entry) error {
	k, content, err := keyOf(element, e)
	if err != nil {
		return err
	}
	object := key{element, k.Resource, k.ID, ""}
	before := a.last[object]
	if content && before != nil && before.Version == k.Version {
		a.unchanged++
		return nil
	}
	v := &version{key: k, kind: kinds[e.Op], base: content && !a.watching, before: before}
	if a.versions[k] != nil {
		return fmt.Errorf("%v was produced twice: the test cannot tell the two", k)
	}
	a.versions[k], a.last[object] = v, v
	if v.base {
		return nil
	}
	a.produced++
	if content {
		a.byContent++
	}
	if e.Op == simkit.Delete {
		a.deleted++
		a.awaited[element]++
	}
	return nil
}

// missing are the versions that were not delivered.
func (a *account) missing() (lost []key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, v := range a.versions {
		if !v.delivered && !v.base {
			lost = append(lost, v.key)
		}
	}
	return lost
}

// sum is what the account comes to now.
func (a *account) sum() totals {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.totals
}

// sent are those of some objects whose last version was sent or was there before; if there are such, only those where it is not acknowledged.
func (a *account) sent(objects []string, element, resource string) []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var all, open []string
	for _, id := range objects {
		v := a.last[key{element, resource, id, ""}]
		if v == nil || len(v.came) == 0 && !v.base {
			continue
		}
		if all = append(all, id); !v.base && !a.heard(v.came[len(v.came)-1]) {
			open = append(open, id)
		}
	}
	if len(open) > 0 {
		return open
	}
	return all
}

// watch begins the watch of what is compared by content.
func (a *account) watch() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.watching = true
}

// deletionsOf is how many deletions at a provider were not told yet.
func (a *account) deletionsOf(element string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.awaited[element]
}

// versionOf is the present version of an object.
func (a *account) versionOf(element, resource, id string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.last[key{element, resource, id, ""}].Version
}
