package hub

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// table is a provider's list: it pages by row number, with one row of overlap if it is told to.
type table struct {
	rows    []string
	size    int // of a page, if nothing else is asked for
	overlap int
	total   bool
	asked   []sdk.Query
}

func (s *table) page(_ context.Context, q sdk.Query) (sdk.Page, []json.RawMessage, error) {
	s.asked = append(s.asked, q)
	start, size := 0, s.size
	if q.Page != "" {
		if _, err := fmt.Sscanf(q.Page, "row %d", &start); err != nil {
			return sdk.Page{}, nil, err
		}
	}
	if q.PageSize > 0 {
		size = max(q.PageSize, s.overlap+1)
	}
	end := min(start+size, len(s.rows))
	start = min(start, end)
	var page sdk.Page
	if end < len(s.rows) {
		page.Next, page.Overlap = fmt.Sprintf("row %d", end-s.overlap), s.overlap
	}
	if n := int64(len(s.rows)); s.total {
		page.Total = &n
	}
	var records []json.RawMessage
	for _, row := range s.rows[start:end] {
		records = append(records, json.RawMessage(row))
	}
	return page, records, nil
}

func order(id int, status string) string {
	return fmt.Sprintf(`{"id":%d,"status":%q,"total":%d,"made":"%02d.01.2026 12:00"}`, id, status, id%10, id%28+1)
}

func orders(n int) (rows []string) {
	for i := range n {
		rows = append(rows, order(i, []string{"open", "paid", "sent"}[i%3]))
	}
	return rows
}

func plan(t *testing.T, path, query string) Plan {
	t.Helper()
	r, err := Parse(shop, path, strings.NewReplacer(" ", "+").Replace(query))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Plan(nil, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pages reads from the first page to the end.
func pages(t *testing.T, p Plan, s Source, l Limits) (all [][]string) {
	t.Helper()
	at := p.First()
	for range 10_000 {
		answer, err := p.Read(t.Context(), at, s, l)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, texts(answer.Records))
		if answer.Next == nil {
			return all
		}
		at = *answer.Next
	}
	t.Fatal("the pages do not end")
	return nil
}

func texts(records []json.RawMessage) (all []string) {
	for _, r := range records {
		all = append(all, string(r))
	}
	return all
}

// Each record comes once and in order, whatever the sizes of the pages are, and no page but the last is short unless a bound cut it.
func TestPages(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 9, 10, 11, 57} {
		for _, overlap := range []int{0, 1} {
			for _, size := range []int{1, 2, 3, 10, 200} {
				for _, where := range []string{"", "&where=status='open' AND total>=3", "&where=total>=3", "&orderBy=total desc"} {
					rows := orders(n)
					p := plan(t, "orders", fmt.Sprintf("pageSize=%d%s", size, where))
					want := rows
					if strings.Contains(where, ">=3") {
						want = slices.DeleteFunc(slices.Clone(rows), func(r string) bool { return p.look.of(json.RawMessage(r))("total").Text < "3" })
					}
					for _, limits := range []Limits{{}, {Pages: 1}} {
						if strings.Contains(where, "orderBy") && limits.Pages == 1 {
							continue // see TestOrder
						}
						s := &table{rows: rows, size: 7, overlap: overlap}
						got := pages(t, p, s.page, limits)
						flat := slices.Concat(got...)
						if strings.Contains(where, "orderBy") {
							slices.Sort(flat)
							want = slices.Sorted(slices.Values(rows))
						}
						if !slices.Equal(flat, want) {
							t.Fatalf("%d rows, overlap %d, size %d%s: %d records in %d pages, want %d", n, overlap, size, where, len(flat), len(got), len(want))
						}
						for i, page := range got[:len(got)-1] {
							if len(page) > size || limits.Pages == 0 && len(page) < size {
								t.Fatalf("%d rows, overlap %d, size %d%s: page %d has %d records", n, overlap, size, where, i, len(page))
							}
						}
					}
				}
			}
		}
	}
}

// Where the provider may give more than what meets a condition, the host judges again, and the provider's total is not ours.
func TestCoarse(t *testing.T) {
	t.Parallel()
	s := &table{rows: []string{`{"id":1,"city":"ULM"}`, `{"id":2,"city":"Ulm"}`, `{"id":3,"city":"Ulm"}`}, size: 2, total: true}
	p := plan(t, "orders", "where=city='Ulm'&pageSize=1")
	answer, err := p.Read(t.Context(), p.First(), s.page, Limits{})
	if err != nil || len(answer.Records) != 1 || string(answer.Records[0]) != s.rows[1] || answer.Total != nil || answer.Next == nil || p.FilteredByHost() != "" {
		t.Errorf("%s, total %v, by host %q, %v", answer.Records, answer.Total, p.FilteredByHost(), err)
	}
	if len(s.asked[0].Where) != 1 {
		t.Errorf("asked %+v", s.asked[0])
	}
}

// A result that the provider pages as it is asked costs one of its pages for each answer.
func TestOneProviderPageForEachAnswer(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{0, 1} {
		s := &table{rows: orders(100), size: 7, overlap: overlap, total: true}
		got := pages(t, plan(t, "orders", "pageSize=10"), s.page, Limits{})
		if len(got) != 10 || len(s.asked) != 10 {
			t.Errorf("overlap %d: %d answers of %d pages, want 10 of 10", overlap, len(got), len(s.asked))
		}
	}
}

func TestPageByNumber(t *testing.T) {
	t.Parallel()
	rows := orders(57)
	for page := 1; page <= 7; page++ {
		s := &table{rows: rows, size: 7, overlap: 1, total: true}
		p := plan(t, "orders", fmt.Sprintf("pageSize=10&page=%d", page))
		answer, err := p.Read(t.Context(), p.First(), s.page, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		want := rows[min(10*(page-1), 57):min(10*page, 57)]
		if !slices.Equal(texts(answer.Records), want) || (answer.Next != nil) != (page < 6) || answer.Total == nil || *answer.Total != 57 {
			t.Errorf("page %d: %d records, next %v, total %v", page, len(answer.Records), answer.Next, answer.Total)
		}
		// The bound comes before the page does: the token goes on to it.
		var got []string
		for _, part := range pages(t, p, s.page, Limits{Pages: 1}) {
			got = append(got, part...)
		}
		if !slices.Equal(got, rows[min(10*(page-1), 57):]) {
			t.Errorf("page %d and all after it in small answers: %d records", page, len(got))
		}
	}
}

// Rows that move between two answers are neither told twice nor lost.
func TestRowsMove(t *testing.T) {
	t.Parallel()
	for _, overlap := range []int{0, 1} {
		for _, query := range []string{"pageSize=10", "pageSize=10&where=total>=0"} {
			p := plan(t, "orders", query)
			s := &table{rows: orders(40), size: 15, overlap: overlap}
			first, err := p.Read(t.Context(), p.First(), s.page, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if overlap == 0 && query == "pageSize=10" {
				continue // the joint of such pages cannot be seen
			}
			for what, rows := range map[string][]string{
				"a row is gone":  slices.Concat(s.rows[:3], s.rows[4:]),
				"a row is new":   slices.Concat([]string{order(99, "open")}, s.rows),
				"the joint went": slices.Concat(s.rows[:9], s.rows[10:]),
				"it changed":     slices.Concat(s.rows[:9], []string{strings.Replace(s.rows[9], `"total":9`, `"total":8`, 1)}, s.rows[10:]),
			} {
				moved := &table{rows: rows, size: 15, overlap: overlap}
				second, err := p.Read(t.Context(), *first.Next, moved.page, Limits{})
				if err != nil {
					t.Fatal(err)
				}
				if got := texts(second.Records); len(got) == 0 || got[0] != s.rows[10] {
					t.Errorf("overlap %d, %s, %s: goes on with %.1s", overlap, query, what, got)
				}
			}
		}
	}
}

func TestTotal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query  string
		source bool
		want   int64 // -1 = not known
	}{
		{"pageSize=10", true, 57},
		{"pageSize=10", false, -1},
		{"pageSize=200", false, 57},
		{"pageSize=10&where=total=3", true, 6}, // all of it was read
		{"pageSize=2&where=total=3", true, -1},
		{"pageSize=2&where=status='open'", true, 57}, // the provider's word
		{"pageSize=2&orderBy=total", false, 57},
	} {
		s := &table{rows: orders(57), size: 20, overlap: 1, total: c.source}
		p := plan(t, "orders", c.query)
		answer, err := p.Read(t.Context(), p.First(), s.page, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := int64(-1)
		if answer.Total != nil {
			got = *answer.Total
		}
		if got != c.want {
			t.Errorf("%s: total %d, want %d", c.query, got, c.want)
		}
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	rows := []string{
		`{"id":1,"n":10,"made2":"x"}`, `{"id":2,"n":9}`, `{"id":3}`, `{"id":4,"n":"text"}`, `{"id":5,"n":9.5}`, `{"id":6,"n":null}`, `{"id":7,"n":10}`,
	}
	for query, want := range map[string]string{
		"orderBy=n":            "2 5 1 7 4 3 6",
		"orderBy=n desc":       "4 1 7 5 2 3 6", // without a value last, both ways
		"orderBy=n,id desc":    "2 5 7 1 4 6 3",
		"orderBy=nothing":      "1 2 3 4 5 6 7",
		"orderBy=n&pageSize=3": "2 5 1|7 4 3|6",
	} {
		var got []string
		for _, page := range pages(t, plan(t, "orders", query), (&table{rows: rows, size: 3, overlap: 1}).page, Limits{}) {
			var ids []string
			for _, r := range page {
				ids = append(ids, r[6:7])
			}
			got = append(got, strings.Join(ids, " "))
		}
		if text := strings.Join(got, "|"); text != want {
			t.Errorf("%s: %s, want %s", query, text, want)
		}
	}
	// A date is ordered by its instant. "total" makes it the host's order: made could be handed on alone.
	dates := []string{`{"id":1,"made":"05.02.2026 00:00"}`, `{"id":2,"made":"06.01.2026 00:00"}`, `{"id":3,"made":"01.03.2025 00:00"}`}
	got := pages(t, plan(t, "orders", "orderBy=made,total"), (&table{rows: dates, size: 3}).page, Limits{})
	if want := []string{dates[2], dates[1], dates[0]}; !slices.Equal(got[0], want) {
		t.Errorf("dates: %s", got[0])
	}
	// More than can be read: it says what can be done instead.
	p := plan(t, "orders", "orderBy=total")
	_, err := p.Read(t.Context(), p.First(), (&table{rows: orders(50), size: 10}).page, Limits{Pages: 4})
	var invalid *instance.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "orderBy: cannot be made here") || !strings.Contains(err.Error(), "sort by what Shop sorts by: id, made") {
		t.Errorf("order of too many: %v", err)
	}
}

func TestOne(t *testing.T) {
	t.Parallel()
	s := &table{rows: orders(50), size: 10, overlap: 1}
	read := func(path string, l Limits) (Answer, error) {
		p := plan(t, path, "fields=id")
		return p.Read(t.Context(), p.First(), s.page, l)
	}
	if a, err := read("orders/42", Limits{}); err != nil || len(a.Records) != 1 || string(a.Records[0]) != `{"id":42}` || a.Next != nil || a.Total != nil {
		t.Errorf("%+v, %v", a, err)
	}
	if _, err := read("orders/50", Limits{}); err == nil || err.Error() != "No orders found with ID 50" {
		t.Errorf("unknown id: %v", err)
	}
	if _, err := read("orders/50", Limits{Pages: 2}); !errors.As(err, new(*SlowError)) {
		t.Errorf("an id that may be further on: %v", err)
	}
	s.rows = nil
	if _, err := read("orders/7/statistics", Limits{}); err == nil || err.Error() != "No statistics found with ID 7" {
		t.Errorf("a single record that is not there: %v", err)
	}
}

// A bound ends an answer, never the result; a fault ends it only after something was read, and only if it may pass.
func TestBounds(t *testing.T) {
	t.Parallel()
	passing, lasting := errors.New("passing"), errors.New("lasting")
	rows := orders(100)
	p := plan(t, "orders", "where=total=9")
	clock := time.Unix(0, 0)
	for name, c := range map[string]struct {
		limits Limits
		fails  map[int]error // by the number of the page
		want   int           // records before the cut; -1 = an error
	}{
		"pages":                  {limits: Limits{Pages: 3}, want: 3},
		"bytes":                  {limits: Limits{Bytes: 25 * len(rows[0])}, want: 3},
		"time":                   {limits: Limits{Time: 2 * time.Second, Now: func() time.Time { clock = clock.Add(time.Second); return clock }}, want: 2},
		"a passing fault":        {fails: map[int]error{3: passing}, want: 3},
		"a passing fault, first": {fails: map[int]error{0: passing}, want: -1},
		"a lasting fault":        {fails: map[int]error{3: lasting}, want: -1},
	} {
		s := &table{rows: rows, size: 10}
		c.limits.Passing = func(err error) bool { return err == passing }
		source := func(ctx context.Context, q sdk.Query) (sdk.Page, []json.RawMessage, error) {
			if err := c.fails[len(s.asked)]; err != nil {
				return sdk.Page{}, nil, err
			}
			return s.page(ctx, q)
		}
		answer, err := p.Read(t.Context(), p.First(), source, c.limits)
		if c.want < 0 {
			if err == nil {
				t.Errorf("%s: no error", name)
			}
			continue
		}
		if err != nil || len(answer.Records) != c.want || answer.Next == nil {
			t.Errorf("%s: %d records, next %v, %v; want %d and a next page", name, len(answer.Records), answer.Next, err, c.want)
			continue
		}
		rest, err := p.Read(t.Context(), *answer.Next, (&table{rows: rows, size: 10}).page, Limits{})
		if err != nil || len(rest.Records) != 10-c.want {
			t.Errorf("%s: the rest has %d records, %v", name, len(rest.Records), err)
		}
	}
	sorted := plan(t, "orders", "orderBy=total")
	failing := func(ctx context.Context, q sdk.Query) (sdk.Page, []json.RawMessage, error) {
		if q.Page != "" {
			return sdk.Page{}, nil, passing
		}
		return (&table{rows: rows, size: 10}).page(ctx, q)
	}
	if _, err := sorted.Read(t.Context(), sorted.First(), failing, Limits{Passing: func(error) bool { return true }}); err != passing {
		t.Errorf("a fault while a whole result is read: %v", err)
	}
	n := 0
	chatty := func(ctx context.Context, q sdk.Query) (sdk.Page, []json.RawMessage, error) {
		page, records, err := (&table{rows: rows, size: 1}).page(ctx, q)
		n++
		page.Warnings = []string{"always", fmt.Sprint("page ", n)}
		return page, records, err
	}
	if answer, err := p.Read(t.Context(), p.First(), chatty, Limits{}); err != nil || len(answer.Warnings) != maxWarnings || answer.Warnings[0] != "always" {
		t.Errorf("an adapter that warns at each page: %q, %v", answer.Warnings, err)
	}
	stuck := func(context.Context, sdk.Query) (sdk.Page, []json.RawMessage, error) {
		return sdk.Page{Next: "again"}, nil, nil
	}
	if _, err := p.Read(t.Context(), p.First(), stuck, Limits{}); !errors.As(err, new(*PageError)) {
		t.Errorf("an adapter that goes in a circle: %v", err)
	}
}

// The time is looked at inside of a page, too, and the next answer goes on there.
func TestTimeInsideAPage(t *testing.T) {
	t.Parallel()
	clock := time.Unix(0, 0)
	limits := Limits{Time: 2 * time.Second, Now: func() time.Time { clock = clock.Add(time.Second); return clock }}
	rows := orders(1500)
	s := &table{rows: rows, size: 5000}
	got := pages(t, plan(t, "orders", "where=total>=0 OR total=0"), s.page, limits)
	if flat := slices.Concat(got...); !slices.Equal(flat, rows) || len(s.asked) != len(got) {
		t.Errorf("%d records in %d answers of %d pages", len(flat), len(got), len(s.asked))
	}
	one := plan(t, "orders", "where=status!='x' AND total=11")
	s.asked = nil
	if got := pages(t, one, s.page, limits); len(got) < 3 {
		t.Errorf("a long page was read in %d answers", len(got))
	}
	p := plan(t, "orders", "orderBy=total")
	if _, err := p.Read(t.Context(), p.First(), s.page, limits); !errors.As(err, new(*instance.InvalidError)) {
		t.Errorf("an order that takes too long: %v", err)
	}
}

// Dates are compared by their instant in whatever form the clause has them; the field's own is dd.MM.yyyy HH:mm in Berlin.
func TestDates(t *testing.T) {
	t.Parallel()
	row := []string{`{"id":1,"made":"01.02.2026 12:00"}`} // 11:00 UTC
	for where, want := range map[string]bool{
		"made > '2025-12-31'":                                        true,
		"made < '2026-02-01T10:59:59Z'":                              false,
		"made >= '2026-02-01T11:00:00Z'":                             true,
		"made = '2026-02-01T12:00:00+01:00'":                         true,
		"made != '2026-02-01T12:00:00+01:00'":                        false,
		"made = '01.02.2026 12:00'":                                  true,
		"made = 1769943600000":                                       true,
		"made <= '1769943600000'":                                    true,
		"made IN ('2026-02-01T11:00:00Z')":                           true,
		"made > 'soon'":                                              false,
		"made < 'soon'":                                              false,
		"made LIKE '01.02.%25'":                                      true,
		"made = '2026-02-01 12:00:00' AND made < '2026-02-01T12:01'": true,
	} {
		r, err := Parse(shop, "orders", "where=NOTHING+IS+NULL+AND+("+strings.NewReplacer(" ", "+", "+01", "%2B01").Replace(where)+"+OR+NOTHING=1)")
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Plan(nil, true)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := p.Read(t.Context(), p.First(), (&table{rows: row, size: 5}).page, Limits{})
		if err != nil || (len(answer.Records) == 1) != want {
			t.Errorf("%s: %d records, %v; want %v", where, len(answer.Records), err, want)
		}
	}
}
