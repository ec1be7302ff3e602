package hub

import (
	"encoding/json"
	"slices"

	"github.com/pollwright/pollwright/sdk"
)

// Position is where the next answer goes on. It is handed to the user, sealed; the zero Position is the first page.
type Position struct {
	Page    string `json:"p,omitempty"` // the provider's page, as the adapter names it
	Skip    int    `json:"s,omitempty"` // its leading records that are done with
	Joint   string `json:"j,omitempty"` // identity of the last of them
	Overlap int    `json:"o,omitempty"` // how many of Skip repeat the page before
	Drop    int    `json:"d,omitempty"` // records that fit and are to be passed over
	Size    int    `json:"z,omitempty"` // records that the provider is asked for; 0 = as many as the adapter likes
}

// First is where the answer to a request without a token begins. If the provider does all of the work, its pages have the size of the answers.
func (p Plan) First() Position {
	at := Position{Drop: (max(p.Page, 1) - 1) * p.Size}
	if at.Drop == 0 && len(p.Host) == 0 && len(p.Sort) == 0 && !p.One() {
		at.Size = p.Size
	}
	return at
}

// query asks for the position's page. A page that repeats records is asked for that many more, so that the answer is full by one page.
func (p Plan) query(at Position) sdk.Query {
	q := p.Query
	q.Page = at.Page
	if at.Size > 0 {
		q.PageSize = at.Size + at.Overlap
	}
	return q
}

// skip is how many of a page's records are done with. Rows may have moved since: then it is found by its last one, and if that is gone, what
// stands in its place is new.
func (at Position) skip(records []json.RawMessage, identity func(json.RawMessage) string) int {
	if at.Skip == 0 {
		return 0
	}
	if at.Skip <= len(records) && identity(records[at.Skip-1]) == at.Joint {
		return at.Skip
	}
	if i := slices.IndexFunc(records, func(r json.RawMessage) bool { return identity(r) == at.Joint }); i >= 0 {
		return i + 1
	}
	return min(at.Skip-1, len(records))
}

// after is the position behind the first done records of the page at a position; false if nothing is left.
func (p Plan) after(at Position, page sdk.Page, records []json.RawMessage, done int) (Position, bool) {
	overlap := min(max(page.Overlap, 0), 1)
	next := Position{Page: page.Next, Drop: at.Drop, Size: at.Size}
	switch {
	case done < len(records) && (page.Next == "" || done < len(records)-overlap):
		next.Page, next.Skip, next.Overlap = at.Page, done, min(at.Overlap, done)
		if done > 0 {
			next.Joint = p.id(records[done-1])
		}
		return next, true
	case page.Next == "":
		return next, false
	case done < len(records): // what is left is what the next page repeats
		return next, true
	}
	if overlap > 0 && len(records) > 0 {
		next.Skip, next.Overlap, next.Joint = overlap, overlap, p.id(records[done-1])
	}
	return next, true
}
