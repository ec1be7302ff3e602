package plugin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pollwright/pollwright/sdk"
)

// Limits on the parts of a reply. They are the host's, beside the rules of the contract itself (sdk.Reply.Check).
const (
	maxMemo     = 64 << 10 // bytes of Page.Memo and of Fetch.State
	maxNext     = 16 << 10 // bytes of Page.Next and of Fetch.Path
	maxParams   = 200      // query parameters; headers
	maxValue    = 64 << 10 // bytes of all query parameters; of all headers
	maxBodyOut  = 1 << 20  // bytes of Fetch.Body
	maxPointer  = 1 << 10  // bytes of a JSON Pointer
	maxRename   = 1000
	maxWarnings = 100
	maxText     = 2 << 10 // bytes of a text for people
)

// decodeReply reads a reply to step and checks it. Unknown fields are ignored: a newer SDK may send them. Texts for people are shortened
// to 2 KiB rather than refused.
func decodeReply(data []byte, m *sdk.Manifest, records int) (sdk.Reply, error) {
	var r sdk.Reply
	if err := decodeJSON(data, &r); err != nil {
		return sdk.Reply{}, err
	}
	if problems := r.Check(); len(problems) > 0 {
		return sdk.Reply{}, &ReplyError{problems[0].Path, clip(problems[0].Message, maxText)}
	}
	if err := checkLimits(&r, m, records); err != nil {
		return sdk.Reply{}, err
	}
	return r, nil
}

// decodeJSON reads one JSON value and says where it is wrong.
func decodeJSON(data []byte, v any) error {
	if !utf8.Valid(data) {
		return &ReplyError{"", "it is not UTF-8"}
	}
	err := json.Unmarshal(data, v)
	var (
		wrong  *json.UnmarshalTypeError
		syntax *json.SyntaxError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return &ReplyError{wrong.Field, fmt.Sprintf("is a %s, must be a %s", wrong.Value, wrong.Type)}
	case errors.As(err, &syntax):
		return &ReplyError{"", fmt.Sprintf("it is not JSON: %v, at byte %d", err, syntax.Offset)}
	}
	return &ReplyError{"", err.Error()}
}

// checkLimits holds a well-formed reply to the host's limits and the manifest's base URLs.
func checkLimits(r *sdk.Reply, m *sdk.Manifest, records int) error {
	switch {
	case r.Fetch != nil:
		return checkFetch(r.Fetch, m)
	case r.Page != nil:
		return checkPage(r.Page, records)
	}
	r.Fault.Message = clip(r.Fault.Message, maxText)
	return nil
}

func checkFetch(f *sdk.Fetch, m *sdk.Manifest) error {
	if f.Method != "" && !slices.Contains(m.RequestMethods(), f.Method) {
		return &ReplyError{"fetch.method", fmt.Sprintf("is %q, must be one of %s, which the manifest names", clip(f.Method, 40), strings.Join(m.RequestMethods(), ", "))}
	}
	if f.Base != "" && !slices.Contains(m.BaseURLs, f.Base) {
		return &ReplyError{"fetch.base", fmt.Sprintf("is %q, must be one of the manifest's baseUrls", clip(f.Base, 200))}
	}
	var query, headers int
	for _, p := range f.Query {
		query += len(p.Name) + len(p.Value)
	}
	for name, value := range f.Headers {
		headers += len(name) + len(value)
	}
	return atMost(
		limit{"fetch.path", "bytes", len(f.Path), maxNext},
		limit{"fetch.query", "parameters", len(f.Query), maxParams},
		limit{"fetch.query", "bytes", query, maxValue},
		limit{"fetch.headers", "headers", len(f.Headers), maxParams},
		limit{"fetch.headers", "bytes", headers, maxValue},
		limit{"fetch.body", "bytes", len(f.Body), maxBodyOut},
		limit{"fetch.state", "bytes", len(f.State), maxMemo},
	)
}

func checkPage(p *sdk.Page, records int) error {
	err := atMost(
		limit{"page.records.inline", "records", len(p.Records.Inline), records},
		limit{"page.next", "bytes", len(p.Next), maxNext},
		limit{"page.memo", "bytes", len(p.Memo), maxMemo},
		limit{"page.warnings", "warnings", len(p.Warnings), maxWarnings},
	)
	for i, w := range p.Warnings {
		p.Warnings[i] = clip(w, maxText)
	}
	if s := p.Records.Select; s != nil && err == nil {
		err = atMost(limit{"page.records.select.at", "bytes", len(s.At), maxPointer})
	}
	if t := p.Records.Table; t != nil && err == nil {
		err = atMost(
			limit{"page.records.table.columns", "bytes", len(t.Columns), maxPointer},
			limit{"page.records.table.rows", "bytes", len(t.Rows), maxPointer},
			limit{"page.records.table.rename", "names", len(t.Rename), maxRename},
		)
	}
	return err
}

// limit is one thing counted.
type limit struct {
	path, unit string
	n, most    int
}

// atMost returns an error for the first limit that is passed.
func atMost(limits ...limit) error {
	for _, l := range limits {
		if l.n > l.most {
			return &ReplyError{l.path, fmt.Sprintf("%d %s, at most %d are allowed", l.n, l.unit, l.most)}
		}
	}
	return nil
}
