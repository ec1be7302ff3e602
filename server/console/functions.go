package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
)

// functions are what templates use to write figures.
var functions = template.FuncMap{
	"asset": assetAddress, "count": count, "bytes": byteSize, "ms": millis, "dict": dict, "join": strings.Join, "plural": plural,
}

// notices are what a page says about what was done just before, by the word of its address.
var notices = map[string]string{
	"connected": "Connected. Its polls are running. The secret that signs its notifications can be made anew, and is shown then, under Settings.", "created": "The instance was created. Its first polls are running.",
	"paused": "Paused. Nothing is sent until it is resumed; what waits is kept.", "resumed": "Resumed.", "enabled": "Enabled: it is polled again, at once.",
	"disabled": "Disabled: it is polled no more until it is enabled.", "deleted": "The instance was deleted.", "changed": "The changes are saved.",
	"polled": "Polled. The outcome is the newest below.", "polling": "The poll is still running. Its outcome will appear here.", "redelivered": "It is on its way again, with the id and the bytes that it had.",
	"job": "The events are being sent again; the job is listed below.", "cancelled": "The job was cancelled. What it has sent is sent.", "rewound": "The mark was put back. What is dated since is told again.",
	"decided": "The decision holds from the next scan on.", "agreed": "The hosts are agreed to.", "removed": "The adapter was removed. Its instances wait until there is one again.",
	"installed": "The adapter was installed.", "bulk": "Done with all that were chosen.",
}

// moment is a time as pages show it: in the visitor's zone, with UTC beside it for who points at it.
type moment struct{ ISO, Text, UTC string }

const clock = "2006-01-02 15:04:05"

func (v *visit) when(t time.Time) moment {
	if t.IsZero() {
		return moment{}
	}
	return moment{t.UTC().Format("2006-01-02T15:04:05.000Z"), t.In(v.zone).Format(clock), t.UTC().Format(clock + ".000 UTC")}
}

// count groups the digits of a number.
func count(n any) string {
	text := fmt.Sprint(n)
	if len(text) <= 4 {
		return text
	}
	var b strings.Builder
	for i, digit := range text {
		if i > 0 && (len(text)-i)%3 == 0 && text[i-1] != '-' {
			b.WriteString("\u202f") // narrow, no break
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// plural writes a number with its noun.
func plural(n any, noun string) string {
	if fmt.Sprint(n) == "1" {
		return "1 " + noun
	}
	return count(n) + " " + noun + "s"
}

func byteSize(n any) string {
	f, err := strconv.ParseFloat(fmt.Sprint(n), 64)
	if err != nil {
		return ""
	}
	for _, unit := range []string{"B", "KiB", "MiB", "GiB"} {
		switch {
		case unit == "B" && f < 1024:
			return fmt.Sprintf("%.0f B", f)
		case f < 1024 || unit == "GiB":
			return fmt.Sprintf("%.1f %s", f, unit)
		}
		f /= 1024
	}
	return ""
}

// millis writes milliseconds.
func millis(n any) string {
	f, err := strconv.ParseFloat(fmt.Sprint(n), 64)
	if err != nil {
		return ""
	}
	switch {
	case f == 0:
		return "0 ms"
	case f < 10:
		return fmt.Sprintf("%.1f ms", f)
	case f < 10_000:
		return fmt.Sprintf("%.0f ms", f)
	}
	return span(time.Duration(f * float64(time.Millisecond)))
}

// span writes a duration with its two largest units.
func span(d time.Duration) string {
	if d < 0 {
		d = 0
	}
	if d < time.Minute {
		return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
	}
	units := []struct {
		name string
		of   time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"min", time.Minute}, {"s", time.Second}}
	var parts []string
	for _, u := range units {
		if n := d / u.of; n > 0 && len(parts) < 2 {
			parts = append(parts, fmt.Sprintf("%d %s", n, u.name))
		} else if len(parts) > 0 {
			break
		}
		d %= u.of
	}
	return strings.Join(parts, " ")
}

// indented writes a value as JSON for people.
func indented(v any) string {
	if raw, ok := v.(json.RawMessage); ok && len(raw) == 0 {
		return ""
	}
	text, err := encoded(v, "  ")
	if err != nil { // a record that is no JSON after all
		return fmt.Sprint(v)
	}
	return string(text)
}

// encoded writes JSON without the escapes that encoding/json has for pages: templates escape what they write themselves, and a person will read
// the > of a where clause.
func encoded(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	err := e.Encode(v)
	return bytes.TrimSpace(b.Bytes()), err
}

// dict makes the argument of a part: pairs of a name and a value.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments are no pairs", len(pairs))
	}
	all := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		all[fmt.Sprint(pairs[i])] = pairs[i+1]
	}
	return all, nil
}
func seconds(n int) string { return span(time.Duration(n) * time.Second) }
