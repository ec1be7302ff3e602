package instance

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// object reads a JSON object; anything else is a fault. Null and nothing are an empty object.
func (r *report) object(path string, raw json.RawMessage) map[string]json.RawMessage {
	if isNull(raw) {
		return nil
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		r.fault(path, "should be an object in braces, is %s", kindOf(raw))
	}
	return fields
}

// text reads a scalar as text: documented bodies mix true and "true", 15 and "15". Null and nothing are "".
func (r *report) text(path string, raw json.RawMessage) string {
	if isNull(raw) {
		return ""
	}
	switch raw[0] {
	case '{', '[':
		r.fault(path, "should be a text, a number or a boolean, is %s", kindOf(raw))
		return ""
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			r.fault(path, "is not a readable text")
		}
		return s
	}
	return string(raw)
}

// boolean reads true, false, "true", "false" (in any case); absent is the given default.
func (r *report) boolean(path string, raw json.RawMessage, absent bool) bool {
	text := strings.TrimSpace(r.text(path, raw))
	switch strings.ToLower(text) {
	case "":
		return absent
	case "true":
		return true
	case "false":
		return false
	}
	r.fault(path, "should be true or false, is %s", quote(text))
	return absent
}

// seconds reads a number of seconds, zero or more.
func (r *report) seconds(path string, raw json.RawMessage, absent time.Duration) time.Duration {
	text := strings.TrimSpace(r.text(path, raw))
	if text == "" {
		return absent
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= maxSeconds) {
		r.fault(path, "should be a number of seconds from 0 to %d, is %s", maxSeconds, quote(text))
		return absent
	}
	return time.Duration(n * float64(time.Second))
}

// maxSeconds keeps durations from overflowing, far beyond what is useful: 31 days.
const maxSeconds = 31 * 24 * 3600

// number reads a number from 0 to limit; absent is 0.
func (r *report) number(path string, raw json.RawMessage, limit float64) float64 {
	text := strings.TrimSpace(r.text(path, raw))
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= 0 && n <= limit) {
		r.fault(path, "should be a number from 0 to %v, is %q", limit, shorten(text))
		return 0
	}
	return n
}

// count reads a whole number from 1 to limit; absent is 0.
func (r *report) count(path string, raw json.RawMessage, limit int) int {
	text := strings.TrimSpace(r.text(path, raw))
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > limit {
		r.fault(path, "should be a whole number from 1 to %d, is %s", limit, quote(text))
		return 0
	}
	return n
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// kindOf names the kind of a value. It never shows the value: that may be a secret in the wrong place.
func kindOf(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}
