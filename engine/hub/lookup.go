package hub

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/javadate"
	"github.com/pollwright/pollwright/sdk"
)

// lookups finds the values of records' fields.
type lookups struct {
	paths map[string]change.Path
	dates map[string]date
}

// date is how a field keeps its date.
type date struct {
	format *javadate.Format
	zone   *time.Location
}

// newLookups knows dates by their field; of two with the same field the later one counts. A date that cannot be read is a text.
func newLookups(dates []instance.DateField) *lookups {
	l := &lookups{paths: map[string]change.Path{}, dates: map[string]date{}}
	for _, d := range dates {
		if d.Field == "" || d.Format == "" {
			continue
		}
		zone := time.UTC
		if d.Zone != "" {
			var err error
			if zone, err = javadate.Zone(d.Zone); err != nil {
				continue
			}
		}
		if format, err := javadate.Compile(d.Format, zone); err == nil {
			l.dates[d.Field] = date{format, zone}
		}
	}
	return l
}

// prepare reads the names that will be looked for.
func (l *lookups) prepare(host []ceql.Expr, sort []sdk.Order, wrong *faults) {
	know := func(word, name string) {
		path, err := readPath(name)
		if err != nil {
			wrong.add(word, "%v", err)
		}
		l.paths[name] = path
	}
	for _, term := range host {
		ceql.Conditions(term, func(e ceql.Expr) { know(wordWhere, nameOf(e)) })
	}
	for _, o := range sort {
		know(wordOrderBy, o.Field)
	}
}

// of looks into one record.
func (l *lookups) of(record json.RawMessage) ceql.Lookup {
	v := gjson.ParseBytes(record)
	return func(name string) ceql.Value {
		value := valueOf(l.paths[name].Find(v))
		if d, ok := l.dates[name]; ok {
			return d.value(value)
		}
		return value
	}
}

// sortable is a value with dates as numbers, for an order.
func (l *lookups) sortable(look ceql.Lookup, name string) ceql.Value {
	value := look(name)
	if d, ok := l.dates[name]; ok && value.Order != nil {
		if t, ok := d.read(value.Text); ok {
			return ceql.Value{Kind: ceql.Number, Text: strconv.FormatInt(t.UnixMilli(), 10)}
		}
	}
	return value
}

func valueOf(v gjson.Result) ceql.Value {
	switch v.Type {
	case gjson.True, gjson.False:
		return ceql.Value{Kind: ceql.Bool, Text: v.Raw}
	case gjson.Number:
		return ceql.Value{Kind: ceql.Number, Text: v.Raw}
	case gjson.String:
		return ceql.Value{Kind: ceql.Text, Text: v.Str}
	case gjson.JSON:
		return ceql.Value{Kind: ceql.Nested}
	}
	return ceql.Value{}
}

// value compares a date by its instant, in whatever form the clause has it.
func (d date) value(v ceql.Value) ceql.Value {
	if v.Kind != ceql.Text && v.Kind != ceql.Number {
		return v
	}
	at, ok := d.read(v.Text)
	if !ok {
		return v
	}
	v.Order = func(l ceql.Literal) (int, bool) {
		wanted, ok := d.literal(l.Value)
		return at.Compare(wanted), ok
	}
	return v
}

// read reads a whole text as the field's date.
func (d date) read(text string) (time.Time, bool) {
	result, err := d.format.Parse(text)
	if err != nil || result.Prefix {
		return time.Time{}, false
	}
	return result.Time, true
}

// literal reads a date of a where clause: in the field's own form, as RFC 3339, the same without an offset or without a time (in the field's
// zone), or as milliseconds since 1970.
func (d date) literal(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t, true
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, text, d.zone); err == nil {
			return t, true
		}
	}
	if t, ok := d.read(text); ok {
		return t, true
	}
	const leastMillis = 10_000_000_000 // April 1970: fewer digits are a year, a day or seconds
	if ms, err := strconv.ParseInt(text, 10, 64); err == nil && ms >= leastMillis {
		return time.UnixMilli(ms), true
	}
	return time.Time{}, false
}

// identity tells records of a resource apart: by their id, for the content may change while one reads, or else by their bytes.
func (l *lookups) identity(r sdk.Resource) func(json.RawMessage) string {
	var path change.Path
	if r.Poll != nil {
		path, _ = change.ParsePath(r.Poll.IDField) // the zero Path finds nothing
	}
	return func(record json.RawMessage) string {
		text := string(record)
		if id := path.Find(gjson.ParseBytes(record)); id.Exists() {
			text = id.Raw
		}
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:8])
	}
}
