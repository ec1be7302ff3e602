package sdk

import (
	"math/rand/v2"
	"testing"
)

func TestParseOffset(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Offset{"": {}, "0": {}, "20": {Start: 20}, "499+1": {Start: 499, Overlap: 1}} {
		got, err := ParseOffset(text)
		if err != nil || got != want {
			t.Errorf("ParseOffset(%q) = %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"-1", "x", "1+", "1+2", "1+1+1", " 1", "99999999999999999999", "1.5"} {
		if got, err := ParseOffset(text); err == nil {
			t.Errorf("ParseOffset(%q) = %+v, want an error", text, got)
		}
	}
}

func TestOffsetNext(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		about string
		page  string
		rows  int
		limit int
		total int64
		want  string // "" for the end
	}{
		{"empty", "", 0, 500, 0, ""},
		{"empty, stale total", "", 0, 500, 7, ""},
		{"short and complete", "", 3, 500, 3, ""},
		{"short, total says more", "", 3, 500, 9, "2+1"},
		{"short, total unknown", "", 3, 500, -1, "2+1"},
		{"limit unknown", "", 3, 0, 3, "2+1"},
		{"full and complete: one look further", "", 500, 500, 500, "499+1"},
		{"only the repeated row", "499+1", 1, 500, 500, ""},
		{"even the repeated row is gone", "499+1", 0, 500, 500, ""},
		{"later page", "499+1", 500, 500, 1200, "998+1"},
		{"last page", "998+1", 202, 500, 1200, ""},
		{"one row cannot overlap", "", 1, 1, 3, "1"},
		{"one row without overlap", "1", 1, 1, 3, "2"},
	} {
		o, err := ParseOffset(c.page)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if next, more := o.Next(c.rows, c.limit, c.total); more {
			got = next.String()
		}
		if got != c.want {
			t.Errorf("%s: page %q, %d rows of %d, total %d: next %q, want %q", c.about, c.page, c.rows, c.limit, c.total, got, c.want)
		}
	}
}

// TestOffsetReadsEverythingOnce walks random collections through providers that clamp the limit, do not tell it, or tell a wrong total.
func TestOffsetReadsEverythingOnce(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		rows, most := r.IntN(60), 1+r.IntN(12)
		limit := []int{most, 0, most + r.IntN(5)}[r.IntN(3)] // known, unknown, or silently lowered
		total := []int64{int64(rows), -1, int64(rows + r.IntN(9))}[r.IntN(3)]
		read, steps := 0, 0
		for o, more := (Offset{}), true; more; steps++ {
			if steps > 2*rows+3 {
				t.Fatalf("%d rows, %d a page, limit %d, total %d: no end", rows, most, limit, total)
			}
			if int(o.Start)+o.Overlap != read {
				t.Fatalf("%d rows, %d a page: page %s after %d rows", rows, most, o, read)
			}
			came := max(0, min(most, rows-int(o.Start)))
			read += max(0, came-o.Overlap)
			o, more = o.Next(came, limit, total)
		}
		if read != rows {
			t.Fatalf("%d rows, %d a page, limit %d, total %d: read %d", rows, most, limit, total, read)
		}
	}
}

func TestOffsetFill(t *testing.T) {
	t.Parallel()
	var p Page
	Offset{}.Fill(&p, 2, 2, 3)
	if p.Next != "1+1" || p.Overlap != 1 || p.Total == nil || *p.Total != 3 {
		t.Errorf("got %+v, want next 1+1, overlap 1, total 3", p)
	}
	p = Page{}
	Offset{}.Fill(&p, 0, 2, -1)
	if p.Next != "" || p.Overlap != 0 || p.Total != nil {
		t.Errorf("got %+v, want the last page, total unknown", p)
	}
}

func TestPageLimit(t *testing.T) {
	t.Parallel()
	for want, got := range map[int]int{500: 0, 100: 100, 2: 1, 1000: 5000} {
		if n := PageLimit(Query{PageSize: got}, 500, 1000); n != want {
			t.Errorf("PageLimit of %d = %d, want %d", got, n, want)
		}
	}
}
