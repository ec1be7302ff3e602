package instance

import (
	"encoding/json"
	"strings"
	"unicode"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/sdk"
)

// Bounds: bytes of a resource's name, which is part of store keys; and a page tenfold the largest of real configurations.
const (
	maxResourceName = 128
	maxPageSize     = 100_000
)

// entry is a resource as event.poller.configuration writes it.
type entry struct {
	URL     string            `json:"url"`
	IDField string            `json:"idField,omitempty"`
	Dates   map[string]string `json:"datesConfiguration,omitempty"`
	Size    int               `json:"pageSize,omitempty"`
}

func defaultEntry(p sdk.Poll) entry {
	return entry{URL: p.URL, IDField: p.IDField, Size: p.PageSize, Dates: dates(map[string]string{
		keyUpdatedField: p.UpdatedDateField, keyUpdatedFormat: p.UpdatedDateFormat, keyUpdatedTimezone: p.UpdatedDateTimezone,
		keyCreatedField: p.CreatedDateField, keyCreatedFormat: p.CreatedDateFormat, keyCreatedTimezone: p.CreatedDateTimezone,
	})}
}

func dates(all map[string]string) map[string]string {
	for key, value := range all {
		if value == "" {
			delete(all, key)
		}
	}
	return all
}

// entry reads one entry of event.poller.configuration. ok is false if there were faults; what can be checked in spite of them is checked.
func (m *maker) entry(path, name string, raw json.RawMessage) (r Resource, ok bool) {
	before := len(m.problems)
	if strings.TrimSpace(name) == "" || len(name) > maxResourceName || strings.ContainsFunc(name, unicode.IsControl) {
		m.fault(path, "should have a name of 1 to %d bytes without control characters", maxResourceName)
	}
	if name == "pollDate" || name == "objectType" {
		m.fault(path, "should have another name: a notification has a field of this one beside the records")
	}
	s, ok := m.settings(path, raw)
	if !ok {
		return r, false
	}
	datesPath, datesRaw := s.get(keyDates)
	inner, datesOK := m.settings(datesPath, datesRaw)
	r = Resource{Name: name, Overlap: change.DefaultOverlap}
	reads := s.readURL(&r)
	s.readFields(&r, inner, reads, datesOK)
	s.readRules(&r, inner)
	s.readBoundary(&r)
	s.readDetect(&r)
	inner.unread()
	s.unread()
	if len(m.problems) > before {
		return r, false
	}
	plan, err := r.Compile()
	if err != nil {
		m.fault(path, "%v", err)
		return r, false
	}
	if r.HashContent = plan.Rule.CoarseDates(); r.Content != nil && plan.URL.Dated() {
		s.warn(at(path, keyURL), "asks for records since a date, but all records are read to compare their content: the date is filled in as 1970")
	}
	return r, true
}

// readRules reads how the records are judged.
func (s settings) readRules(r *Resource, dates settings) {
	path, raw := s.get(keyFilterByUpdated)
	if isNull(raw) {
		path, raw = s.get(keyFilterByUpdate)
	}
	r.FilterByCreated = !s.boolean(path, raw, true)
	path, raw = s.get(keyFilterByCurrent)
	r.FilterByCurrent = s.boolean(path, raw, false)
	path, raw = s.get(keyPollDelay)
	r.PollDelay = s.seconds(path, raw, 0)
	path, raw = s.get(keyPageSize)
	if size := s.count(path, raw, maxPageSize); size > 0 {
		r.PageSize = size
	}
	// Some documents put the tolerance beside the dates.
	path, raw = dates.get(keyTolerance)
	tolerance := s.seconds(path, raw, change.DefaultTolerance)
	path, raw = s.get(keyTolerance)
	r.Tolerance = s.seconds(path, raw, tolerance)
}
