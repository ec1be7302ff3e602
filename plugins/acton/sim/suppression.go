package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// The suppression lists, by the last part of their address, which is also their name in the ledger.
const (
	HardBounce    = "hardbounce"
	SpamComplaint = "spamcomplaint"
	OptOut        = "optout"
)

// suppression is an address that must not be written to.
type suppression struct {
	email, origin string
	at            time.Time
}

func isSuppression(name string) bool {
	return slices.Contains([]string{HardBounce, SpamComplaint, OptOut}, name)
}

// Suppress adds an address to one of the suppression lists. In the ledger its id is the address and its
// version the time in milliseconds.
func (s *Sim) Suppress(kind, email, origin string) (simkit.Entry, error) {
	if !isSuppression(kind) {
		return simkit.Entry{}, fmt.Errorf("suppression list %q: want %s, %s or %s: %w", kind, HardBounce, SpamComplaint, OptOut, simkit.ErrNotFound)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	row := suppression{email, origin, s.millis()}
	s.suppressed[kind] = append(s.suppressed[kind], row)
	return s.Ledger.Append(simkit.Entry{
		At: simkit.Time{Time: s.Clock.Now()}, Op: simkit.Create, Resource: kind, ID: email,
		Version: strconv.FormatInt(row.at.UnixMilli(), 10), Record: json.RawMessage(row.json()),
	}), nil
}

func (p suppression) json() []byte {
	return new(simkit.Object).String("email", p.email).Int("timestamp", p.at.UnixMilli()).String("origin", p.origin).Bytes()
}

// suppressions answers GET /api/1/list/hardbounce and the like; totalCount is always -1.
func (s *Sim) suppressions(w http.ResponseWriter, r *http.Request, kind string) {
	q, p, err := s.pageOf(r, defaultListing)
	var f filter
	if err == nil {
		f, err = s.filterOf(q)
	}
	if err != nil {
		s.fail(w, http.StatusUnprocessableEntity, codeParameter, err.Error())
		return
	}
	var rows [][]byte
	for _, row := range s.suppressed[kind] {
		if f.passesCreated(row.at) {
			rows = append(rows, row.json())
		}
	}
	s.answer(w, http.StatusOK, resultBody(cut(rows, p), p.offset, -1))
}
