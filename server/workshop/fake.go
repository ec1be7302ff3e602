package workshop

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FakeFile is the file of a project that describes its fake provider.
const FakeFile = "fake.json"

// script is a fake provider as its file describes it.
type script struct {
	About string `json:"about"`
	// Config are the configuration values of an instance that talks to it, credentials included.
	Config map[string]string `json:"config"`
	// Headers are what every request must have; one without them is answered with 401 and Refusal.
	Headers map[string]string `json:"headers"`
	Refusal json.RawMessage   `json:"refusal"`
	// TokenPath, if set, answers POST with OAuth2 tokens: the access token is "fake-access-token".
	TokenPath   string        `json:"tokenPath"`
	Collections []*collection `json:"collections"`
	// Changes are what happens between two polls.
	Changes []mutation `json:"changes"`
}

// collection is a list that can be read. Every parameter it names is optional in a request.
type collection struct {
	Path  string `json:"path"`  // "/v1/items"
	At    string `json:"at"`    // key of the list in the answer; "" = the answer is the list
	Total string `json:"total"` // key of the number of records that meet the request; "" = it is not told
	ID    string `json:"id"`    // field; default "id"
	Since *since `json:"since"`
	// Rows are skipped by Offset, or by Page, from 1 on, times Limit. A Cursor is handed out for the next page.
	Offset string  `json:"offset"`
	Page   string  `json:"page"`
	Cursor *cursor `json:"cursor"`
	Limit  string  `json:"limit"`
	Most   int     `json:"most"` // rows of a page; default 100
	// NewestFirst turns the order of Since.Field.
	NewestFirst bool                         `json:"newestFirst"`
	Records     []map[string]json.RawMessage `json:"records"`
}

// since leaves out records whose Field is before the Parameter: both times of RFC 3339, or both numbers, or as texts.
type since struct {
	Parameter string `json:"parameter"`
	Field     string `json:"field"`
}

type cursor struct {
	Parameter string `json:"parameter"`
	Next      string `json:"next"` // key in the answer; absent on the last page
}

// mutation is one change of a collection: exactly one of Create, Update (merged into the record of ID) and Delete (the ID).
type mutation struct {
	Collection string                     `json:"collection"` // its path
	ID         string                     `json:"id"`
	Create     map[string]json.RawMessage `json:"create"`
	Update     map[string]json.RawMessage `json:"update"`
	Delete     bool                       `json:"delete"`
}

// fake is the provider of a script.
type fake struct {
	script
	now func() time.Time

	mu sync.Mutex // of the records
}

// openFake reads a script. Texts "${now}", "${seconds}" and "${millis}" in it stand for the time at which a record is made or changed.
func openFake(file string, now func() time.Time) (*fake, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no %s, which describes the fake provider: `pollwright plugin new` writes one that can be taken as a model", file)
	}
	if err != nil {
		return nil, err
	}
	f := &fake{now: now}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&f.script); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return f, nil
}

func (f *fake) check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(f.Collections) == 0 {
		fault("collections: there are none; a provider has at least one, like {\"path\": \"/v1/items\", \"at\": \"items\", \"records\": []}")
	}
	for i, c := range f.Collections {
		if !strings.HasPrefix(c.Path, "/") {
			fault("collections[%d].path is %q, must begin with /", i, c.Path)
		}
		if c.ID == "" {
			c.ID = "id"
		}
		if c.Most <= 0 {
			c.Most = 100
		}
		if c.At == "" && (c.Total != "" || c.Cursor != nil) {
			fault("collections[%d].at is missing: total and cursor need an object around the list", i)
		}
		for j := range c.Records {
			c.Records[j] = f.dated(c.Records[j])
			if c.idOf(c.Records[j]) == "" {
				fault("collections[%d].records[%d] has no %q", i, j, c.ID)
			}
		}
	}
	for i, m := range f.Changes {
		c := f.collection(m.Collection)
		switch n := btoi(m.Create != nil) + btoi(m.Update != nil) + btoi(m.Delete); {
		case c == nil:
			fault("changes[%d].collection is %q, which is the path of no collection", i, m.Collection)
		case n != 1:
			fault("changes[%d] should have exactly one of create, update and delete, has %d", i, n)
		case m.Create == nil && m.ID == "":
			fault("changes[%d].id is missing: it says which record", i)
		}
	}
	return errors.Join(faults...)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (f *fake) collection(path string) *collection {
	if i := slices.IndexFunc(f.Collections, func(c *collection) bool { return c.Path == path }); i >= 0 {
		return f.Collections[i]
	}
	return nil
}

// dated fills in the time.
func (f *fake) dated(record map[string]json.RawMessage) map[string]json.RawMessage {
	now := f.now()
	fill := map[string]string{
		`"${now}"`: strconv.Quote(now.UTC().Format(time.RFC3339)), `"${seconds}"`: strconv.FormatInt(now.Unix(), 10), `"${millis}"`: strconv.FormatInt(now.UnixMilli(), 10),
	}
	out := maps.Clone(record)
	for key, raw := range record {
		if value, ok := fill[string(raw)]; ok {
			out[key] = json.RawMessage(value)
		}
	}
	return out
}

// change does what the script's changes say, and tells each in words.
func (f *fake) change() (said []string, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, m := range f.Changes {
		c := f.collection(m.Collection)
		at := slices.IndexFunc(c.Records, func(r map[string]json.RawMessage) bool { return c.idOf(r) == m.ID })
		switch {
		case m.Create != nil:
			r := f.dated(m.Create)
			c.Records = append(c.Records, r)
			said = append(said, fmt.Sprintf("%s: %s is created", c.Path, c.idOf(r)))
		case at < 0:
			return said, fmt.Errorf("changes[%d]: %s has no record %s", i, c.Path, m.ID)
		case m.Update != nil:
			r := maps.Clone(c.Records[at])
			maps.Copy(r, f.dated(m.Update))
			c.Records[at] = r
			said = append(said, fmt.Sprintf("%s: %s is updated", c.Path, m.ID))
		default:
			c.Records = slices.Delete(c.Records, at, at+1)
			said = append(said, fmt.Sprintf("%s: %s is deleted", c.Path, m.ID))
		}
	}
	return said, nil
}

// ServeHTTP answers as the provider would.
func (f *fake) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	if f.TokenPath != "" && q.URL.Path == f.TokenPath && q.Method == http.MethodPost {
		_, _ = io.WriteString(w, `{"access_token":"fake-access-token","refresh_token":"fake-refresh-token","token_type":"Bearer","expires_in":3600}`)
		return
	}
	for name, want := range f.Headers {
		if q.Header.Get(name) != want {
			f.refuse(w)
			return
		}
	}
	c := f.collection(q.URL.Path)
	if c == nil {
		w.WriteHeader(http.StatusNotFound)
		_, _ = fmt.Fprintf(w, `{"error":{"code":"not_found","message":%q}}`, "the fake provider has no "+q.URL.Path)
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = json.NewEncoder(w).Encode(c.page(q.URL.Query().Get)) // a caller that left
}

func (f *fake) refuse(w http.ResponseWriter) {
	w.WriteHeader(http.StatusUnauthorized)
	body := f.Refusal
	if len(body) == 0 {
		body = json.RawMessage(`{"error":{"code":"unauthorized","message":"the credentials are not those of the fake provider"}}`)
	}
	_, _ = w.Write(body)
}

// page is the answer to one request.
func (c *collection) page(parameter func(string) string) any {
	rows := c.asked(parameter)
	limit := c.Most
	if n, err := strconv.Atoi(parameter(c.Limit)); c.Limit != "" && err == nil && n > 0 {
		limit = min(n, c.Most)
	}
	skip := 0
	switch {
	case c.Cursor != nil:
		skip, _ = strconv.Atoi(parameter(c.Cursor.Parameter))
	case c.Offset != "":
		skip, _ = strconv.Atoi(parameter(c.Offset))
	case c.Page != "":
		n, _ := strconv.Atoi(parameter(c.Page))
		skip = (max(n, 1) - 1) * limit
	}
	skip = min(max(skip, 0), len(rows))
	end := min(skip+limit, len(rows))
	if c.At == "" {
		return rows[skip:end]
	}
	answer := map[string]any{c.At: rows[skip:end]}
	if c.Total != "" {
		answer[c.Total] = len(rows)
	}
	if c.Cursor != nil && end < len(rows) {
		answer[c.Cursor.Next] = strconv.Itoa(end)
	}
	return answer
}

// asked are the records that meet the request, in order.
func (c *collection) asked(parameter func(string) string) []map[string]json.RawMessage {
	rows := slices.Clone(c.Records)
	if rows == nil {
		rows = []map[string]json.RawMessage{} // [] and not null
	}
	if c.Since == nil {
		return rows
	}
	field := func(r map[string]json.RawMessage) string { return textOf(r[c.Since.Field]) }
	if from := parameter(c.Since.Parameter); from != "" {
		rows = slices.DeleteFunc(rows, func(r map[string]json.RawMessage) bool { return compare(field(r), from) < 0 })
	}
	slices.SortStableFunc(rows, func(a, b map[string]json.RawMessage) int {
		if c.NewestFirst {
			a, b = b, a
		}
		return compare(field(a), field(b))
	})
	return rows
}

func (c *collection) idOf(r map[string]json.RawMessage) string { return textOf(r[c.ID]) }

// textOf is a JSON text or number as a text; "" of anything else.
func textOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var number json.Number
	if json.Unmarshal(raw, &number) == nil {
		return number.String()
	}
	return ""
}

// compare orders two values of a date field.
func compare(a, b string) int {
	ta, errA := time.Parse(time.RFC3339, a)
	tb, errB := time.Parse(time.RFC3339, b)
	if errA == nil && errB == nil {
		return ta.Compare(tb)
	}
	na, errA := strconv.ParseFloat(a, 64)
	nb, errB := strconv.ParseFloat(b, 64)
	switch {
	case errA != nil || errB != nil:
		return strings.Compare(a, b)
	case na < nb:
		return -1
	case na > nb:
		return 1
	}
	return 0
}
