package poll

import (
	"encoding/json"
	"errors"
)

// errShifted: rows moved between two pages of one scan.
var errShifted = errors.New("rows moved between pages")

// place is where a scan is: the page to ask for, and what that page must fit.
type place struct {
	Next    string `json:"next,omitempty"`    // sdk.Query.Page
	Overlap int    `json:"overlap,omitempty"` // leading records that repeat the page before
	Joint   string `json:"joint,omitempty"`   // id of the last record of the page before
	Total   *int64 `json:"total,omitempty"`   // the provider's count then
	// Unstable: rows moved before here, at every reading. The scan does not count as complete, also if another poll ends it.
	Unstable bool `json:"unstable,omitempty"`
	Size     int  `json:"size,omitempty"` // of the pages: a place among pages of another size is none
}

// token is the place as a checkpoint keeps it.
func (p place) token() string {
	text, err := json.Marshal(p)
	if err != nil {
		return ""
	}
	return string(text)
}

// parsePlace takes back a token; one that cannot be read starts the scan from its beginning, which repeats nothing.
func parsePlace(token string) (p place) {
	if err := json.Unmarshal([]byte(token), &p); err != nil {
		return place{}
	}
	return p
}

// shifted: the joint differs, or the provider's count changed. A scan of all records goes by the joint where there is one: counts are
// stale after deletions with some providers, and a row that is added at the end moves none.
func (p place) shifted(page page, whole bool) bool {
	if p.Next == "" {
		return false
	}
	if p.Overlap > 0 && page.first != p.Joint {
		return true
	}
	if whole && p.Overlap > 0 {
		return false
	}
	return p.Total != nil && page.total != nil && *p.Total != *page.total
}

// after is the place behind a page; more is false behind the last.
func (p place) after(page page) (next place, more bool) {
	if page.next == "" {
		return place{}, false
	}
	next = place{Next: page.next, Overlap: page.overlap, Joint: page.last, Total: page.total, Unstable: p.Unstable, Size: p.Size}
	if next.Joint == "" { // a page of the joint alone
		next.Joint = p.Joint
	}
	return next, true
}
