package crash

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
)

// vanisher leaves the newest record out of all pages of one scan, as a provider does whose search is behind its data: the record is there, and one
// complete scan does not see it. That is no deletion, so nothing may be told. No record vanishes twice: two such scans in a row would be what a
// deletion looks like.
type vanisher struct {
	mu     sync.Mutex
	armed  string // an id
	gone   map[string]bool
	hidden string // from the scan that is being read
}

// arm has the next scan by content miss the newest record, if that is one with an id, and answers how many have vanished.
func (v *vanisher) arm(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if r.Method == http.MethodPost {
		v.armed = r.URL.Query().Get("id")
	}
	_ = json.NewEncoder(w).Encode(len(v.gone))
}

// hide leaves the hidden record out of an answer. It is chosen at the first page of a scan, for all pages up to the next first page.
func (v *vanisher) hide(next http.Handler, r *http.Request, answer []byte) []byte {
	if !isContentPage(r.URL) {
		return answer
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if !isLaterPage(r.URL) {
		if v.hidden = ""; v.armed != "" {
			v.choose(next, r)
		}
	}
	if v.hidden == "" {
		return answer
	}
	var page map[string]json.RawMessage
	if json.Unmarshal(answer, &page) != nil {
		return answer
	}
	lower(page, "total")
	lower(page, "totalCount")
	for _, member := range []string{"lists", "data"} {
		var rows []json.RawMessage
		_ = json.Unmarshal(page[member], &rows)
		if n := len(rows) - 1; n >= 0 && idOf(rows[n]) == v.hidden {
			page[member], _ = json.Marshal(rows[:n])
			lower(page, "count")
		}
	}
	answer, _ = json.Marshal(page)
	return answer
}

// choose hides the last of all records, if it is the one that was asked for and was not hidden before.
func (v *vanisher) choose(next http.Handler, r *http.Request) {
	all := r.Clone(r.Context())
	query := all.URL.Query()
	query.Set("limit", "500")
	query.Set("count", "500")
	all.URL.RawQuery = query.Encode()
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, all)
	var page struct{ Lists, Data []json.RawMessage }
	if json.Unmarshal(answer.Body.Bytes(), &page) != nil {
		return
	}
	rows := append(page.Lists, page.Data...)
	if id := v.armed; len(rows) > 0 && idOf(rows[len(rows)-1]) == id && !v.gone[id] {
		v.gone[id], v.hidden = true, id
	}
	v.armed = ""
}

// lower makes a number of a page one less.
func lower(page map[string]json.RawMessage, member string) {
	if n, err := strconv.Atoi(string(page[member])); err == nil {
		page[member] = json.RawMessage(strconv.Itoa(n - 1))
	}
}

// idOf is the id of a row: an object of iContact, or the cells of Act-On.
func idOf(row json.RawMessage) string {
	var object struct{ ListID string }
	var cells []string
	if json.Unmarshal(row, &cells) == nil && len(cells) > 0 {
		return cells[0]
	}
	_ = json.Unmarshal(row, &object)
	return object.ListID
}
