package instance

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Words of event.notification.retries, beside a list of waits.
const (
	retryStandard = "standard" // those of Standard Webhooks
	RetryElements = "elements" // the platform's, 2^(3x) seconds
	retryNone     = "none"
)

const (
	maxRetries = 20
	maxRetry   = 7 * 24 * time.Hour
)

// retries reads a word, or waits: "5s, 5m, 2h", a list of such texts or of seconds, or a text that holds such a list.
func (m *maker) retries(d *Delivery) {
	path, raw := inConfiguration(KeyRetries), m.raw(KeyRetries)
	if blank(raw) {
		return
	}
	if raw[0] == '[' {
		m.retryList(d, path, raw)
		return
	}
	text := strings.TrimSpace(m.text(path, raw))
	switch word := strings.ToLower(text); {
	case text == "": // a fault was reported
	case word == retryStandard:
		m.keep(KeyRetries, word, false)
	case word == RetryElements:
		d.RetryAs = word
		m.keep(KeyRetries, word, false)
	case word == retryNone:
		d.Retries = []time.Duration{}
		m.keep(KeyRetries, word, false)
	case text[0] == '[':
		m.retryList(d, path, json.RawMessage(text))
	default:
		m.waits(d, path, strings.Split(text, ","))
		m.keep(KeyRetries, text, false)
	}
}

// retryList reads a JSON list.
func (m *maker) retryList(d *Delivery, path string, raw json.RawMessage) {
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		m.fault(path, `is a text that should hold a JSON list of waits, like ["5s", "5m", "2h"] or [5, 300, 7200]`)
		return
	}
	texts, before := make([]string, len(items)), len(m.problems)
	for i, item := range items {
		texts[i] = m.text(fmt.Sprintf("%s[%d]", path, i), item)
	}
	if len(m.problems) == before {
		m.waits(d, path, texts)
		m.keep(KeyRetries, string(raw), false)
	}
}

func (m *maker) waits(d *Delivery, path string, texts []string) {
	if len(texts) > maxRetries {
		m.fault(path, "should be at most %d waits, are %d", maxRetries, len(texts))
		return
	}
	d.Retries = make([]time.Duration, 0, len(texts))
	for i, text := range texts {
		text = strings.TrimSpace(text)
		wait, err := parseWait(text)
		if err != nil || wait < 0 || wait > maxRetry {
			m.fault(fmt.Sprintf("%s[%d]", path, i),
				`should be a wait of at most 7 days (168h), like 5s, 5m or 2h, or a number of seconds, is %s; or say "standard", "elements" or "none" instead of a list`, quote(text))
			continue
		}
		d.Retries = append(d.Retries, wait)
	}
}

// parseWait reads 5m, 1h30m, or a plain number of seconds.
func parseWait(text string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return time.ParseDuration(text)
	}
	if !(seconds >= 0 && seconds <= maxRetry.Seconds()) { // compared as floats: a huge number would overflow a duration
		return 0, strconv.ErrRange
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
