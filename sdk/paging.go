package sdk

import (
	"fmt"
	"strconv"
	"strings"
)

// Offset is the place of a page for providers that page by row number. Rows move while one reads: a record deleted in front of the
// reader shifts the rest, and the first row of the next page is lost. So each page repeats the last row of the page before it, and the
// host, which compares the two, notices.
type Offset struct {
	Start   int64 // number of the first row to ask for, from 0
	Overlap int   // how many leading rows repeat the page before: 0 or 1
}

// ParseOffset reads Query.Page; the empty page is the first.
func ParseOffset(page string) (Offset, error) {
	if page == "" {
		return Offset{}, nil
	}
	text, overlap, joined := strings.Cut(page, "+")
	start, err := strconv.ParseInt(text, 10, 64)
	if err != nil || start < 0 || joined && overlap != "1" {
		return Offset{}, fmt.Errorf("page %q is not one of ours, want a row number such as 499+1", page)
	}
	if joined {
		return Offset{Start: start, Overlap: 1}, nil
	}
	return Offset{Start: start}, nil
}

// String is the form that ParseOffset reads: "499+1" starts at row 499, which repeats one row.
func (o Offset) String() string {
	text := strconv.FormatInt(o.Start, 10)
	if o.Overlap > 0 {
		text += "+1"
	}
	return text
}

// Next gives the page after this one, false if this was the last. rows is how many rows came, limit how many the provider gives at most
// (0 if unknown), total its count of all rows (negative if unknown). The scan ends when a page brings nothing new; a short page ends it
// only if the total agrees, since a limit may have been lowered without a word and totals are stale after deletes.
func (o Offset) Next(rows, limit int, total int64) (Offset, bool) {
	if rows <= o.Overlap {
		return Offset{}, false
	}
	end := o.Start + int64(rows)
	if rows < limit && total >= 0 && end >= total {
		return Offset{}, false
	}
	if rows == 1 { // repeating the only row would never come forward
		return Offset{Start: end}, true
	}
	return Offset{Start: end - 1, Overlap: 1}, true
}

// Fill sets Next, Overlap and Total of p from what Offset.Next says.
func (o Offset) Fill(p *Page, rows, limit int, total int64) {
	if total >= 0 {
		p.Total = &total
	}
	if next, more := o.Next(rows, limit, total); more {
		p.Next, p.Overlap = next.String(), next.Overlap
	}
}

// PageLimit is how many rows to ask for: what the host would like, or usual if it does not care, at least 2 (one row could not overlap)
// and at most most.
func PageLimit(q Query, usual, most int) int {
	limit := usual
	if q.PageSize > 0 {
		limit = q.PageSize
	}
	return min(max(limit, 2), most)
}
