package change

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// reading is what was read of one record.
type reading struct {
	id          string
	version     string
	window      time.Time // the date that decides whether it lies in the window
	told        time.Time // the date that the user is told
	created     time.Time
	updatedText string
	createdText string
	raw         json.RawMessage
}

// dates is what was read of a record's date fields. ok = there is a date to judge by.
type dates struct {
	window, told, created    time.Time
	text                     string // raw, for the version
	updatedText, createdText string // raw
	prefixed, ok             bool
}

// read reads the records of a page by the configured fields. Where not a single record has the configured id, or a readable date, the
// fallback's are used instead: the configuration was copied from another resource.
func (s *Scan) read(records []json.RawMessage) (readings []reading, counts Counts) {
	fields, fellBack := s.choose(records)
	readings = make([]reading, 0, len(records))
	for i := range records {
		record := jsoncut.View(records[i])
		s.hasher.read(record)
		id := fields.ID.in(s.hasher.members).Text()
		if id == "" {
			counts.NoID++
			continue
		}
		d := s.readDates(fields, s.hasher.members)
		if !d.ok {
			counts.Undated++
			continue
		}
		if d.prefixed {
			counts.Prefixed++
		}
		if fellBack {
			counts.Fallback++
		}
		readings = append(readings, reading{
			id: id, version: s.version(d.text, record), window: d.window, told: d.told, created: d.created,
			updatedText: d.updatedText, createdText: d.createdText, raw: records[i],
		})
	}
	return readings, counts
}

// fitted are the fields that the records of a page have.
type fitted struct {
	Fields
	fellBack bool
}

// Fit chooses the fields for a whole page, which may then be given to Page in portions.
func (s *Scan) Fit(records []json.RawMessage) {
	fields, fellBack := s.fit(records)
	s.fitted = &fitted{fields, fellBack}
}

func (s *Scan) choose(records []json.RawMessage) (Fields, bool) {
	if s.fitted != nil {
		return s.fitted.Fields, s.fitted.fellBack
	}
	return s.fit(records)
}

// fit chooses between the configured fields and the fallback's, separately for the id and for the dates.
func (s *Scan) fit(records []json.RawMessage) (fields Fields, fellBack bool) {
	fields = s.rule.Fields
	if s.rule.Fallback == nil || len(records) == 0 {
		return fields, false
	}
	noID, noDate := true, true
	for _, text := range records { // the first decides, mostly
		record := jsoncut.View(text).Members(nil)
		noID = noID && fields.ID.in(record).Text() == ""
		noDate = noDate && !s.readDates(s.rule.Fields, record).ok
		if !noID && !noDate {
			return fields, false
		}
	}
	if noID {
		fields.ID = s.rule.Fallback.ID
	}
	if noDate {
		fields.Updated, fields.Created = s.rule.Fallback.Updated, s.rule.Fallback.Created
	}
	return fields, true
}

// readDates: a record without an updated date was not updated yet, so its created date stands for it; one whose updated date cannot be
// read has no date. Without a created date the updated one stands for both.
func (s *Scan) readDates(f Fields, record []jsoncut.Member) (d dates) {
	updated, updatedText, updatedOK := readDate(f.Updated, record, &d.prefixed)
	created, createdText, createdOK := readDate(f.Created, record, &d.prefixed)
	d.updatedText, d.createdText = updatedText, createdText
	if updatedText != "" && !updatedOK {
		return d
	}
	d.text, d.told, d.created = updatedText, updated, created
	switch {
	case !updatedOK && !createdOK:
		return d
	case !updatedOK:
		d.text, d.told = createdText, created
	case !createdOK:
		d.created = updated
	}
	d.window = d.told
	if s.rule.FilterByCreated {
		if f.Created.Format != nil && !createdOK {
			return d
		}
		d.window = d.created
	}
	d.ok = true
	return d
}

func readDate(f Field, record []jsoncut.Member, prefixed *bool) (at time.Time, text string, ok bool) {
	if f.Format == nil {
		return at, "", false
	}
	if text = strings.TrimSpace(f.Path.in(record).Text()); text == "" {
		return at, "", false
	}
	result, err := f.Format.Parse(text)
	if err != nil {
		return at, text, false
	}
	*prefixed = *prefixed || result.Prefix
	return result.Time, text, true
}

// version tells apart the states of an object: by the date as it is written (a change of zone data must not tell again), and by what
// it says where dates are too coarse.
func (s *Scan) version(text string, record jsoncut.Value) string {
	if !s.rule.HashContent {
		return Hash("version", text)
	}
	content := s.hasher.content(record, nil)
	return Hash("version", text, string(content[:contentBytes]))
}

// contentBytes is how many bytes of its hash stand for a content in a version.
const contentBytes = 15

// ObjectID is a record's id by the configured field, else by the fallback's; "" if it has neither. Ids come as strings and as numbers, even from
// one provider; both are the same id.
func (r Rule) ObjectID(record json.RawMessage) string {
	members := jsoncut.View(record).Members(nil)
	id := r.ID.in(members).Text()
	if id == "" && r.Fallback != nil {
		id = r.Fallback.ID.in(members).Text()
	}
	return id
}
