package instance

import (
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/javadate"
	"github.com/pollwright/pollwright/sdk"
)

// defaultID is where records of the platform's hubs have their id, and what shipped configurations without an idField relied on.
const defaultID = "id"

// readFields reads where the id and the dates are; what is left out comes from the manifest. reads is nil if the URL is at fault: then
// what may be left out is not known.
func (s settings) readFields(r *Resource, dates settings, reads *sdk.Resource, datesOK bool) {
	usual := usualFields(reads)
	s.readID(r, usual, reads != nil)
	outerPath, outerZone := s.str(keyUpdatedTimezone) // one document has it beside datesConfiguration
	if _, inner := dates.str(keyUpdatedTimezone); inner != "" && outerZone != "" && inner != outerZone {
		s.warn(outerPath, "is ignored: %s has one, too", keyDates)
	}
	r.Fields.Updated = dates.readDate(usual.Updated, keyUpdatedField, keyUpdatedFormat, keyUpdatedTimezone, outerZone)
	r.Fields.Created = dates.readDate(usual.Created, keyCreatedField, keyCreatedFormat, keyCreatedTimezone, "")
	if reads == nil || !datesOK {
		return
	}
	dates.needFormat(r.Fields.Updated, keyUpdatedField, keyUpdatedFormat)
	dates.needFormat(r.Fields.Created, keyCreatedField, keyCreatedFormat)
	s.completeDates(dates.path, r, usual)
	if usual.ID == "" {
		return
	}
	if usual.Updated.Field == "" && usual.Created.Field == "" {
		usual.Updated, usual.Created = r.Fields.Updated, r.Fields.Created
	}
	if r.Fields != usual {
		r.Fallback = &usual
		s.compare(r, usual)
	}
}

func usualFields(reads *sdk.Resource) Fields {
	if reads == nil || reads.Poll == nil {
		return Fields{}
	}
	p := reads.Poll
	return Fields{
		ID:      p.IDField,
		Updated: DateField{p.UpdatedDateField, p.UpdatedDateFormat, p.UpdatedDateTimezone},
		Created: DateField{p.CreatedDateField, p.CreatedDateFormat, p.CreatedDateTimezone},
	}
}

func (s settings) readID(r *Resource, usual Fields, known bool) {
	path, id := s.str(keyIDField)
	if _, err := change.ParsePath(id); err != nil {
		s.fault(path, "%v", err)
	}
	if r.Fields.ID = id; id != "" || !known {
		return
	}
	if r.Fields.ID = usual.ID; usual.ID == "" {
		r.Fields.ID = defaultID
	}
	s.warn(path, "is missing; %q is used", r.Fields.ID)
}

// readDate reads one date field. The manifest's zone and format hold for the manifest's own field when none are given.
func (s settings) readDate(usual DateField, fieldKey, formatKey, zoneKey, otherZone string) (d DateField) {
	fieldPath, field := s.str(fieldKey)
	formatPath, format := s.str(formatKey)
	zonePath, zone := s.str(zoneKey)
	if field == "" {
		return d
	}
	if _, err := change.ParsePath(field); err != nil {
		s.fault(fieldPath, "%v", err)
	}
	if zone == "" {
		zone = otherZone
	}
	d = DateField{field, format, zone}
	if field == usual.Field {
		if d.Format == "" {
			d.Format = usual.Format
		}
		if d.Zone == "" {
			d.Zone = usual.Zone
		}
	}
	s.checkDate(d, formatPath, zonePath)
	return d
}

func (s settings) needFormat(d DateField, fieldKey, formatKey string) {
	if path, _ := s.get(formatKey); d.Field != "" && d.Format == "" {
		s.fault(path, "is required beside %s: how the date is written, like yyyy-MM-dd'T'HH:mm:ssXXX or milliseconds", fieldKey)
	}
}

func (s settings) checkDate(d DateField, formatPath, zonePath string) {
	zone, err := javadate.Zone(d.Zone)
	if err != nil {
		s.fault(zonePath, "%v", err)
	}
	if d.Format == "" {
		return
	}
	format, err := javadate.Compile(d.Format, zone)
	if err != nil {
		s.fault(formatPath, "%v", err)
		return
	}
	if format.Unit() == 0 {
		s.fault(formatPath, "has no date field, only plain text; it should be like yyyy-MM-dd'T'HH:mm:ssXXX or milliseconds")
		return
	}
	for _, warning := range format.Warnings() {
		s.warn(formatPath, "%s", warning)
	}
}

// completeDates: without any date field the manifest's are used.
func (s settings) completeDates(path string, r *Resource, usual Fields) {
	if r.Fields.Updated.Field != "" || r.Fields.Created.Field != "" {
		return
	}
	if usual.Updated.Field == "" && usual.Created.Field == "" {
		return // readDetect sees to it
	}
	r.Fields.Updated, r.Fields.Created = usual.Updated, usual.Created
	s.warn(path, "names no date field; %q is used", r.WindowField().Field)
}

// compare warns where a configuration differs from how the element's records are known to look: it may be copied from elsewhere.
func (s settings) compare(r *Resource, usual Fields) {
	if r.Fields.ID != usual.ID {
		s.warn(at(s.path, keyIDField), "records of %s usually have their id in %q; that is used where no record of a page has %q", r.Reads, usual.ID, r.Fields.ID)
	}
	given, known, path := r.Fields.Updated, usual.Updated, at(s.path, keyDates)
	if given.Field == "" {
		given, known = r.Fields.Created, usual.Created
	}
	switch {
	case known.Field == "":
	case given.Field != known.Field:
		s.warn(path, "records of %s usually have their date in %q; that is used where no record of a page has a readable %q", r.Reads, known.Field, given.Field)
	case !sameFormat(given.Format, known.Format):
		s.warn(path, "dates of %s are usually written %q; that is used where no record of a page fits %q", r.Reads, known.Format, given.Format)
	case given.Zone != known.Zone && known.Zone != "" && !zoned(given.Format):
		s.warn(path, "dates of %s are known to be in the zone %s; they are read as %s, as configured: if that is wrong, nothing, or what is old, is told", r.Reads, known.Zone, given.Zone)
	}
}

// zoned tells whether dates of a pattern carry their own zone.
func zoned(pattern string) bool {
	format, err := javadate.Compile(pattern, time.UTC)
	return err == nil && format.HasZone()
}

// sameFormat tells whether two patterns write a date the same way: yyyy-MM-dd' 'HH:mm:ss is yyyy-MM-dd HH:mm:ss.
func sameFormat(a, b string) bool {
	zone := time.FixedZone("", -5*3600) // not UTC, whose offset some patterns write Z
	one, err := javadate.Compile(a, zone)
	if err != nil {
		return a == b
	}
	other, err := javadate.Compile(b, zone)
	sample := time.Date(2024, 11, 29, 13, 45, 17, 123e6, zone)
	return err == nil && one.Format(sample) == other.Format(sample)
}
