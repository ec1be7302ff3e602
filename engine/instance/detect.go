package instance

import (
	"encoding/json"
	"strings"

	"github.com/pollwright/pollwright/engine/change"
)

// Words of detect.
const (
	DetectAuto  = "auto"
	DetectDates = "dates"
	DetectHash  = "hash"
)

// Content is how a resource is judged by its content (detect "hash").
type Content struct {
	Deletes      bool     `json:"deletes,omitempty"`
	GuardPercent *float64 `json:"guardPercent,omitempty"` // nil = the default, 20
	GuardIDs     *int     `json:"guardIds,omitempty"`     // nil = the default, 10
	Exclude      []string `json:"exclude,omitempty"`      // paths that are no content
}

// readDetect reads whether dates or contents are compared. "auto" is dates where there is a date field, else content.
func (s settings) readDetect(r *Resource) {
	path, raw := s.get(keyDetect)
	text := strings.TrimSpace(s.text(path, raw))
	switch strings.ToLower(text) {
	case "", DetectAuto:
		s.autoDetect(r, path)
	case DetectDates:
		s.needDates(r, path)
	case DetectHash:
		r.Content = &Content{}
	default:
		s.fault(path, "should be %q, %q or %q, is %q", DetectAuto, DetectDates, DetectHash, shorten(text))
	}
	s.readContent(r)
}

func (s settings) undated(r *Resource) bool {
	return r.Fields.Updated.Field == "" && r.Fields.Created.Field == ""
}

func (s settings) autoDetect(r *Resource, path string) {
	if r.Reads == "" || !s.undated(r) {
		return
	}
	s.warn(path, "no date field is named, and %s has none by default: all records are read at each poll and their content is compared (detect %q)", r.Reads, DetectHash)
	r.Content = &Content{}
}

func (s settings) needDates(r *Resource, path string) {
	if r.Reads != "" && s.undated(r) {
		s.fault(path, "is %q, but no date field is named, and %s has none by default: name %s or %s, or use %q",
			DetectDates, r.Reads, keyUpdatedField, keyCreatedField, DetectHash)
	}
}

// readContent reads what only a comparison of contents can do.
func (s settings) readContent(r *Resource) {
	path, raw := s.get(keyDetectDeletes)
	deletes := s.boolean(path, raw, false)
	if deletes && r.Content == nil {
		s.fault(path, "needs detect %q: dates cannot tell that a record is gone", DetectHash)
	}
	excludePath, exclude := s.get(keyDetectExclude)
	guardPath, guard := s.get(keyDeleteGuard)
	if r.Content == nil {
		for path, raw := range map[string]json.RawMessage{excludePath: exclude, guardPath: guard} {
			if !isNull(raw) {
				s.warn(path, "has no effect without detect %q", DetectHash)
			}
		}
		return
	}
	r.Content.Deletes = deletes
	r.Content.Exclude = s.paths(excludePath, exclude)
	s.readGuard(guardPath, guard, r.Content)
	if r.Start != "" && r.Start != StartBeginning {
		path, _ := s.option(KeyStart)
		s.fault(path, "should be %q or %q: contents have no date to begin at", StartNow, StartBeginning)
	}
}

// paths reads field paths: a list of texts, or one text with commas.
func (s settings) paths(path string, raw json.RawMessage) (all []string) {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '[' {
		all = strings.Split(s.text(path, raw), ",")
	} else if err := json.Unmarshal(raw, &all); err != nil {
		s.fault(path, "should be a list of field paths, like [\"lastSeen\", \"stats.score\"]")
		return nil
	}
	kept := all[:0]
	for _, text := range all {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		if _, err := change.ParsePath(text); err != nil {
			s.fault(path, "%v", err)
		}
		kept = append(kept, text)
	}
	return kept
}

// readGuard reads how many deletions at once are believed: {"percent": 20, "ids": 10}, the greater of the two; or a percentage.
func (s settings) readGuard(path string, raw json.RawMessage, c *Content) {
	if isNull(raw) {
		return
	}
	percentPath, percent, ids := path, raw, json.RawMessage(nil)
	if raw[0] == '{' {
		guard, ok := s.maker.settings(path, raw)
		if !ok {
			return
		}
		percentPath, percent = guard.get("percent")
		var idsPath string
		idsPath, ids = guard.get("ids")
		guard.unread()
		if !isNull(ids) {
			n := int(s.number(idsPath, ids, 1e9))
			c.GuardIDs = &n
		}
	}
	if !isNull(percent) {
		n := s.number(percentPath, percent, 100)
		c.GuardPercent = &n
	}
}

// rule makes the rule of a comparison of contents.
func (c *Content) rule(fields change.Fields, fallback *change.Fields, start string) (*change.HashRule, error) {
	rule := &change.HashRule{ID: fields.ID, Dates: fields, Deletes: c.Deletes, Tell: start == StartBeginning}
	if fallback != nil {
		rule.Fallback = fallback.ID
	}
	for _, text := range c.Exclude {
		path, err := change.ParsePath(text)
		if err != nil {
			return nil, err
		}
		rule.Exclude = append(rule.Exclude, path)
	}
	if c.GuardPercent != nil {
		if rule.Guard.Fraction = *c.GuardPercent / 100; rule.Guard.Fraction == 0 {
			rule.Guard.Fraction = -1 // to the rule, 0 is the default
		}
	}
	if c.GuardIDs != nil {
		if rule.Guard.IDs = *c.GuardIDs; rule.Guard.IDs == 0 {
			rule.Guard.IDs = -1
		}
	}
	return rule, rule.Check()
}
