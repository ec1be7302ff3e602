package change

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/javadate"
)

// epoch is when the test's watch begins: a whole second, so that rounding shows.
var epoch = time.UnixMilli(1_780_531_200_000).UTC()

// world is one resource under watch. Its checkpoint goes through Save and Load between polls, as in life.
type world struct {
	t      *testing.T
	rule   Rule
	record []byte
	chunks map[string][]byte
}

func field(t testing.TB, path, pattern, zone string) Field {
	t.Helper()
	p, err := ParsePath(path)
	if err != nil {
		t.Fatal(err)
	}
	z, err := javadate.Zone(zone)
	if err != nil {
		t.Fatal(err)
	}
	f, err := javadate.Compile(pattern, z)
	if err != nil {
		t.Fatal(err)
	}
	return Field{p, f}
}

func millisRule(t testing.TB) Rule {
	id, err := ParsePath("id")
	if err != nil {
		t.Fatal(err)
	}
	return Rule{
		Fields:  Fields{ID: id, Updated: field(t, "updated", "milliseconds", ""), Created: field(t, "created", "milliseconds", "")},
		Overlap: DefaultOverlap, Tolerance: DefaultTolerance,
	}
}

func watch(t *testing.T, rule Rule) *world {
	t.Helper()
	w := &world{t: t, rule: rule, chunks: map[string][]byte{}}
	w.save(NewCheckpoint(rule, epoch))
	return w
}

func (w *world) load() *Checkpoint {
	w.t.Helper()
	var chunks []Chunk
	for id, value := range w.chunks {
		chunks = append(chunks, Chunk{id, value})
	}
	slices.SortFunc(chunks, func(a, b Chunk) int { return cmpString(a.ID, b.ID) })
	if HasChunks(w.record) != (len(chunks) > 0) {
		w.t.Errorf("the record says that it has chunks: %v; there are %d", HasChunks(w.record), len(chunks))
	}
	cp, err := Load(w.rule, w.record, chunks)
	if err != nil {
		w.t.Fatal(err)
	}
	return cp
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (w *world) save(cp *Checkpoint) {
	w.t.Helper()
	record, chunks, err := cp.Save()
	if err != nil {
		w.t.Fatal(err)
	}
	w.record = record
	for _, c := range chunks {
		if c.Value == nil {
			delete(w.chunks, c.ID)
		} else {
			w.chunks[c.ID] = c.Value
		}
	}
}

// poll shows the records that the window asks for, at a moment of the provider's clock.
func (w *world) poll(at time.Time, records ...string) (told []string, counts Counts) {
	w.t.Helper()
	cp := w.load()
	scan := Begin(w.rule, cp)
	scan.SetClock(at, at)
	changes, counts := scan.Page(raw(records))
	for _, c := range changes {
		told = append(told, fmt.Sprintf("%s %s", c.Kind, c.ObjectID))
	}
	if scan.Finish() {
		w.save(cp)
	}
	return told, counts
}

func (w *world) want(at time.Time, records []string, want ...string) {
	w.t.Helper()
	told, _ := w.poll(at, records...)
	if diff := cmp.Diff(want, told); diff != "" {
		w.t.Errorf("told (-want +got):\n%s", diff)
	}
}

func raw(records []string) (out []json.RawMessage) {
	for _, r := range records {
		out = append(out, json.RawMessage(r))
	}
	return out
}

// rec is a record by seconds after the epoch.
func rec(id string, created, updated float64) string {
	ms := func(s float64) string {
		return strconv.FormatInt(epoch.Add(time.Duration(s*float64(time.Second))).UnixMilli(), 10)
	}
	return fmt.Sprintf(`{"id":%q,"created":"%s","updated":%s}`, id, ms(created), ms(updated))
}

func after(seconds float64) time.Time {
	return epoch.Add(time.Duration(seconds * float64(time.Second)))
}

func TestBaselineIsRememberedAndNotTold(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	told, counts := w.poll(after(1), rec("old", -60, -30), rec("new", 0.5, 0.5), rec("ancient", -900, -900))
	if diff := cmp.Diff([]string{"CREATED new"}, told); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{Records: 3, Created: 1, Baseline: 1, Before: 1}, counts); diff != "" {
		t.Error(diff)
	}
	w.want(after(2), []string{rec("old", -60, -30), rec("new", 0.5, 0.5)})
	w.want(after(3), []string{rec("old", -60, 2.5), rec("new", 0.5, 2.6)}, "UPDATED old", "UPDATED new")
}

func TestLateRecordsAreTold(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	w.want(after(100), []string{rec("a", 99, 99)}, "CREATED a")
	// Dated before the mark, visible only now, within the overlap.
	w.want(after(101), []string{rec("late", 20, 20), rec("a", 99, 99)}, "CREATED late")
	// Existed before the watch began, but was not among the baseline's ids: told.
	w.want(after(102), []string{rec("hidden", -15, -15)}, "CREATED hidden")
}

func TestKinds(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name   string
		record string
		want   string
	}{
		{"created in the window", rec("x", 990, 990), "CREATED x"},
		{"created in the window, updated since", rec("x", 900, 995), "CREATED x"},
		{"created before the window", rec("x", 100, 995), "UPDATED x"},
		{"created at the window's lower bound", rec("x", 880, 995), "CREATED x"},
		{"created just before the lower bound, updated within the tolerance", rec("x", 879, 881), "CREATED x"},
		{"created before the bound and updated after the tolerance", rec("x", 879, 889.001), "UPDATED x"},
		{"no created date", `{"id":"x","created":"","updated":` + strconv.FormatInt(after(995).UnixMilli(), 10) + `}`, "CREATED x"},
		{"never updated", `{"id":"x","updated":null,"created":` + strconv.FormatInt(after(995).UnixMilli(), 10) + `}`, "CREATED x"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, millisRule(t))
			w.want(after(1), nil)
			w.want(after(1000), []string{rec("mark", 1000, 1000)}, "CREATED mark")
			w.want(after(1001), []string{c.record}, c.want)
		})
	}
}

// A created date later than the updated one: a wrong one, or that of a local time that came twice.
func TestCreatedOnceThoughDatedLater(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	w.want(after(11), []string{rec("far", 2e9, 10), rec("hour", 3610, 10)}, "CREATED far", "CREATED hour")
	w.want(after(1000), []string{rec("mark", 1000, 1000)}, "CREATED mark")
	w.want(after(2001), []string{rec("far", 2e9, 2000), rec("hour", 3610, 2000)}, "UPDATED far", "UPDATED hour")
	w.want(after(9000), []string{rec("mark", 1000, 9000)}, "UPDATED mark")
	w.want(after(9501), []string{rec("far", 2e9, 9500), rec("hour", 3610, 9500)}, "UPDATED far", "UPDATED hour")
}

func TestMarkIsClampedToTheProvidersClock(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	future := rec("future", 2e9, 2e9)
	w.want(after(10), []string{future}, "CREATED future")
	if got := w.load().Mark(); got.After(after(10)) {
		t.Errorf("mark %v passed the provider's clock %v", got, after(10))
	}
	for i := range 300 { // it stays remembered however long it is in the future
		at := float64(20 + i*10)
		id := fmt.Sprint("r", i)
		w.want(after(at), []string{future, rec(id, at, at)}, "CREATED "+id)
	}
}

func TestIdlePollsWriteNothing(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	w.want(after(2), []string{rec("a", 1.5, 1.5), rec("f", 9e9, 9e9)}, "CREATED a", "CREATED f")
	cp := w.load()
	scan := Begin(w.rule, cp)
	scan.SetClock(after(500), after(500))
	scan.Page(raw([]string{rec("a", 1.5, 1.5), rec("f", 9e9, 9e9)}))
	if scan.Finish() {
		t.Error("an idle poll wants to store its checkpoint")
	}
}

func TestSameDateOtherContent(t *testing.T) {
	t.Parallel()
	id, _ := ParsePath("contactId")
	date := field(t, "createDate", "yyyy-MM-dd' 'HH:mm:ss", "America/New_York")
	rule := Rule{Fields: Fields{ID: id, Updated: date, Created: date}, Overlap: DefaultOverlap, Tolerance: DefaultTolerance, HashContent: true}
	w := watch(t, rule)
	w.want(after(1), nil)
	at := after(30).In(mustZone(t, "America/New_York")).Format("2006-01-02 15:04:05")
	row := func(name string) string {
		return fmt.Sprintf(`{"contactId":7,"createDate":%q,"firstName":%q}`, at, name)
	}
	w.want(after(31), []string{row("Ada")}, "CREATED 7")
	w.want(after(32), []string{fmt.Sprintf(`{ "firstName":"Ada", "createDate":%q, "contactId":"7" }`, at)}, "UPDATED 7") // the id as text is another content
	w.want(after(33), []string{row("Ada")})
	w.want(after(34), []string{fmt.Sprintf(`{"firstName": "Ada","contactId": 7,"createDate": %q}`, at)}) // order and white space are not content
	w.want(after(35), []string{row("Bea")}, "UPDATED 7")
}

func mustZone(t *testing.T, name string) *time.Location {
	t.Helper()
	zone, err := javadate.Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// A coarse date lies before the instant it stands for. A record that becomes visible within the overlap must be in the window all the
// same, wherever in its unit the mark is: a record of the future leaves it in the middle of one.
func TestLateRecordsWithCoarseDates(t *testing.T) {
	t.Parallel()
	eastern := mustZone(t, "America/New_York")
	cases := []struct {
		name, pattern, layout string
		overlap               time.Duration
		mark                  string    // of a record told before
		poll                  time.Time // that tells it
		written               time.Time // visible only after that poll
	}{
		{
			"the mark is clamped within a minute", "yyyy-MM-dd HH:mm", "2006-01-02 15:04", 2 * time.Minute, "2099-01-01 00:00",
			time.Date(2026, 6, 4, 10, 2, 57, 0, eastern), time.Date(2026, 6, 4, 10, 0, 58, 0, eastern),
		},
		{
			"the mark is clamped within a day", "yyyy-MM-dd", "2006-01-02", 2 * time.Minute, "2099-01-01",
			time.Date(2026, 6, 4, 0, 0, 30, 0, eastern), time.Date(2026, 6, 3, 23, 59, 0, 0, eastern),
		},
		{
			"an overlap that is no multiple of the unit", "yyyy-MM-dd HH:mm", "2006-01-02 15:04", 90 * time.Second, "2026-06-04 10:02",
			time.Date(2026, 6, 4, 10, 2, 1, 0, eastern), time.Date(2026, 6, 4, 10, 0, 40, 0, eastern),
		},
		{
			"a day of 25 hours", "yyyy-MM-dd", "2006-01-02", 2 * time.Minute, "2026-11-02",
			time.Date(2026, 11, 2, 0, 0, 30, 0, eastern), time.Date(2026, 11, 1, 23, 59, 0, 0, eastern),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			id, _ := ParsePath("id")
			date := field(t, "d", c.pattern, "America/New_York")
			rule := Rule{Fields: Fields{ID: id, Updated: date, Created: date}, Overlap: c.overlap, Tolerance: DefaultTolerance, HashContent: true}
			w := &world{t: t, rule: rule, chunks: map[string][]byte{}}
			w.save(NewCheckpoint(rule, c.poll.Add(-96*time.Hour)))
			w.want(c.poll.Add(-95*time.Hour), nil)
			mark := fmt.Sprintf(`{"id":"mark","d":%q}`, c.mark)
			w.want(c.poll, []string{mark}, "CREATED mark")
			late := fmt.Sprintf(`{"id":"late","d":%q}`, c.written.Format(c.layout))
			w.want(c.written.Add(c.overlap-time.Second), []string{mark, late}, "CREATED late")
		})
	}
}

func TestAutumnHour(t *testing.T) {
	t.Parallel()
	id, _ := ParsePath("id")
	date := field(t, "d", "yyyy-MM-dd' 'HH:mm:ss", "America/New_York")
	rule := Rule{Fields: Fields{ID: id, Updated: date, Created: date}, Overlap: DefaultOverlap, Tolerance: DefaultTolerance, HashContent: true}
	// The night of 1 November 2026: 01:00-02:00 Eastern comes twice, at 05:00 and at 06:00 UTC.
	start := time.Date(2026, 11, 1, 4, 50, 0, 0, time.UTC)
	w := &world{t: t, rule: rule, chunks: map[string][]byte{}}
	w.save(NewCheckpoint(rule, start))
	if told, _ := w.poll(start.Add(time.Second)); told != nil {
		t.Fatal(told)
	}
	eastern := mustZone(t, "America/New_York")
	var shown []string
	for minute := 1; minute < 180; minute++ {
		at := start.Add(time.Duration(minute) * time.Minute)
		shown = append(shown, fmt.Sprintf(`{"id":"m%d","d":%q}`, minute, at.In(eastern).Format("2006-01-02 15:04:05")))
		w.want(at.Add(2*time.Second), shown, fmt.Sprintf("CREATED m%d", minute))
	}
}

func TestNothingIsDroppedSilently(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	told, counts := w.poll(after(10), rec("ok", 9, 9), `{"updated":1}`, `{"id":"u"}`, `{"id":"bad","updated":"yesterday"}`, `{"id":{},"updated":1}`, rec("ok2", 9, 9))
	if diff := cmp.Diff([]string{"CREATED ok", "CREATED ok2"}, told); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Counts{Records: 6, Created: 2, NoID: 2, Undated: 2}, counts); diff != "" {
		t.Error(diff)
	}
}

func TestFallbackFields(t *testing.T) {
	t.Parallel()
	rule := millisRule(t)
	usual := rule.Fields
	rule.ID, _ = ParsePath("messageId")
	rule.Updated = field(t, "updated", "yyyy-MM-dd'T'HH:mm:ssXXX", "")
	rule.Created = rule.Updated
	rule.Fallback = &usual
	w := watch(t, rule)
	w.want(after(1), nil)
	told, counts := w.poll(after(10), rec("a", 8, 8), rec("b", 9, 9))
	if diff := cmp.Diff([]string{"CREATED a", "CREATED b"}, told); diff != "" {
		t.Error(diff)
	}
	if counts.Fallback != 2 {
		t.Errorf("fallback: %d records, want 2", counts.Fallback)
	}
	// One record that fits is enough for the configured fields to stand: the others are counted.
	_, counts = w.poll(after(20), rec("c", 18, 18), `{"messageId":"m","updated":"`+after(19).Format("2006-01-02T15:04:05Z07:00")+`"}`)
	if counts.NoID != 1 || counts.Created != 1 || counts.Fallback != 0 {
		t.Errorf("counts %+v", counts)
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	rule := millisRule(t)
	rule.FilterByCurrent = true
	w := watch(t, rule)
	w.want(after(1), nil)
	told, counts := w.poll(after(10), rec("later", 5, 15))
	if told != nil || counts.Later != 1 {
		t.Errorf("told %v, counts %+v", told, counts)
	}
	w.want(after(20), []string{rec("later", 5, 15)}, "CREATED later")

	rule = millisRule(t)
	rule.FilterByCreated = true
	w = watch(t, rule)
	w.want(after(1), nil)
	w.want(after(1000), []string{rec("new", 999, 999)}, "CREATED new")
	w.want(after(1001), []string{rec("edited", 100, 1000)}) // created before the window: not this filter's business
}

func TestHugeTieSpillsToChunks(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	var tie, want []string
	for i := range 20_000 {
		tie = append(tie, rec(fmt.Sprint("t", i), 5, 5))
		want = append(want, fmt.Sprint("CREATED t", i))
	}
	w.want(after(10), tie[:10], want[:10]...)
	if len(w.chunks) != 0 {
		t.Errorf("%d chunks for 10 records, want none", len(w.chunks))
	}
	w.want(after(11), tie[:9000], want[10:9000]...)
	w.want(after(12), tie, want[9000:]...)
	w.want(after(13), tie)
	if len(w.record) > 1024 || len(w.chunks) < 3 {
		t.Errorf("checkpoint of %d bytes and %d chunks, want at most 1 KB and at least 3", len(w.record), len(w.chunks))
	}
	w.want(after(1000), []string{rec("z", 1000, 1000)}, "CREATED z")
	if cp := w.load(); cp.Remembered() > 1 || len(w.chunks) != 0 {
		t.Errorf("%d remembered and %d chunks after the window has passed, want 1 and none", cp.Remembered(), len(w.chunks))
	}
}

func TestScanGoesOnAfterACommitHalfWay(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	w.want(after(1), nil)
	cp := w.load()
	scan := Begin(w.rule, cp)
	scan.SetClock(after(100), after(100))
	if changes, _ := scan.Page(raw([]string{rec("a", 50, 50), rec("b", 90, 90)})); len(changes) != 2 {
		t.Fatal(changes)
	}
	mark := cp.Mark()
	scan.Pause("page 2")
	w.save(cp)

	cp = w.load() // a restart
	if cp.Token() != "page 2" || !cp.Mark().Equal(mark) {
		t.Fatalf("token %q, mark %v; want page 2 and the mark unmoved at %v", cp.Token(), cp.Mark(), mark)
	}
	again := Begin(w.rule, cp)
	if !again.Since().Equal(scan.Since()) {
		t.Errorf("since %v, want the scan's own %v", again.Since(), scan.Since())
	}
	again.SetClock(after(500), after(500))
	changes, _ := again.Page(raw([]string{rec("b", 90, 90), rec("c", 95, 95)}))
	if len(changes) != 1 || changes[0].ObjectID != "c" {
		t.Errorf("told %v, want c alone", changes)
	}
	again.Finish()
	if got, want := cp.Mark(), after(95); !got.Equal(want) {
		t.Errorf("mark %v, want %v", got, want)
	}
}

func TestFirstScanAsksAgainWhenTheProvidersClockIsBehind(t *testing.T) {
	t.Parallel()
	w := watch(t, millisRule(t))
	cp := w.load()
	scan := Begin(w.rule, cp)
	if !scan.SetClock(after(-3600), after(1)) {
		t.Fatal("the window was not widened")
	}
	if got, want := scan.Since(), after(-3601).Add(-DefaultOverlap); !got.Equal(want) {
		t.Errorf("since %v, want %v", got, want)
	}
	// By the provider's clock the watch began 3601 s before ours says.
	changes, _ := scan.Page(raw([]string{rec("before", -3700, -3602), rec("since", -3600.5, -3600.5)}))
	if len(changes) != 1 || changes[0].ObjectID != "since" {
		t.Errorf("told %v, want since alone", changes)
	}
	scan = Begin(w.rule, w.load())
	if scan.SetClock(after(0), after(1)) {
		t.Error("one second of difference is no other clock: the Date header has whole seconds")
	}
}

func TestEventIDNamesTheChange(t *testing.T) {
	t.Parallel()
	a := Change{ObjectID: "1", Kind: Created, Version: "v"}
	id := EventID("7", "contacts", a)
	if len(id) != 20 || id != EventID("7", "contacts", a) {
		t.Errorf("id %q: want 20 characters, the same each time", id)
	}
	b := a
	b.ObjectID, b.Version = "1v", ""
	for _, other := range []string{EventID("8", "contacts", a), EventID("7", "messages", a), EventID("7", "contacts", b)} {
		if other == id {
			t.Error("two changes have one id")
		}
	}
}
