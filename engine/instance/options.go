package instance

import (
	"encoding/json"
	"strings"
	"time"
)

// Words of event.poller.start and event.poller.classify.
const (
	StartNow           = "now"
	StartBeginning     = "beginning"
	ClassifyExact      = "exact"
	ClassifyDocumented = "documented"
)

// option reads a setting that a resource may have, and otherwise its instance: event.poller.overlap in the configuration is overlap, or
// event.poller.overlap, in a resource.
func (s settings) option(key string) (path string, raw json.RawMessage) {
	for _, name := range []string{strings.TrimPrefix(key, "event.poller."), key} {
		if path, raw = s.get(name); !isNull(raw) {
			return path, raw
		}
	}
	return inConfiguration(key), s.raw(key)
}

// options keeps what was given for all resources: a later change of the instance goes by it.
func (m *maker) options() {
	for _, key := range []string{KeyOverlap, KeyStart, KeyClassify} {
		var text string
		if raw := m.draft.configuration[key]; json.Unmarshal(raw, &text) != nil && !isNull(raw) { // faults were told where they were read
			text = string(raw)
		}
		m.keep(key, strings.TrimSpace(text), false)
	}
}

// readBoundary reads where detection begins, how far it looks back, and by which rule it tells kinds.
func (s settings) readBoundary(r *Resource) {
	s.readOverlap(r)
	s.readStart(r)
	path, raw := s.option(KeyClassify)
	switch text := strings.TrimSpace(s.text(path, raw)); strings.ToLower(text) {
	case "", ClassifyExact:
	case ClassifyDocumented:
		r.Documented = true
	default:
		s.fault(path, "should be %q or %q, is %q", ClassifyExact, ClassifyDocumented, shorten(text))
	}
}

// readOverlap: an overlap of 0 is raised by the window to one unit of the date format, for a date stands for its whole unit.
func (s settings) readOverlap(r *Resource) {
	path, raw := s.option(KeyOverlap)
	r.Overlap = s.seconds(path, raw, r.Overlap)
	if !isNull(raw) && r.Overlap == 0 {
		s.warn(path, "is 0: it is raised to one unit of the date's format, or records of the same unit would be lost")
	}
}

// readStart reads "now", "beginning", or a date: 2026-11-01, or 2026-11-01T08:00:00Z.
func (s settings) readStart(r *Resource) {
	path, raw := s.option(KeyStart)
	text := strings.TrimSpace(s.text(path, raw))
	switch strings.ToLower(text) {
	case "", StartNow:
		return
	case StartBeginning:
		r.Start = StartBeginning
		return
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			r.Start = at.UTC().Format(time.RFC3339Nano)
			return
		}
	}
	s.fault(path, `should be "now", "beginning", or a date like 2026-11-01 or 2026-11-01T08:00:00Z, is %q`, shorten(text))
}
