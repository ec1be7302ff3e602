package instance

import (
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/javadate"
	"github.com/pollwright/pollwright/engine/template"
)

// Resource is one polled collection of an instance, as it is stored. Its texts were checked when the instance was made.
type Resource struct {
	Name            string            `json:"name"`  // key in event.poller.configuration, objectType of its events
	Reads           string            `json:"reads"` // the element's resource
	URL             string            `json:"url"`
	Vars            map[string]string `json:"vars,omitempty"` // values of {placeholders} in URL
	Fields          Fields            `json:"fields"`
	Fallback        *Fields           `json:"fallback,omitempty"` // the manifest's own, if they differ
	FilterByCreated bool              `json:"filterByCreated,omitempty"`
	FilterByCurrent bool              `json:"filterByCurrent,omitempty"`
	HashContent     bool              `json:"hashContent,omitempty"`
	Tolerance       time.Duration     `json:"tolerance"`
	PollDelay       time.Duration     `json:"pollDelay,omitempty"`
	Overlap         time.Duration     `json:"overlap"`
	Start           string            `json:"start,omitempty"` // "" = now, "beginning", or a date (RFC 3339)
	Documented      bool              `json:"documented,omitempty"`
	Content         *Content          `json:"content,omitempty"` // nil = dates are compared
	PageSize        int               `json:"pageSize,omitempty"`
	// Watch counts how often a change of the instance has begun it anew: each has a checkpoint of its own.
	Watch int `json:"watch,omitempty"`
}

// Fields are the texts that say where a record keeps its id and dates.
type Fields struct {
	ID      string    `json:"id"`
	Updated DateField `json:"updated"`
	Created DateField `json:"created"`
}

// DateField is a date of a record: its path, its SimpleDateFormat (or "milliseconds") and its zone ("" = UTC).
type DateField struct {
	Field  string `json:"field,omitempty"`
	Format string `json:"format,omitempty"`
	Zone   string `json:"zone,omitempty"`
}

// WindowField is the date that decides whether a record is new: updated, or created where that is asked for or there is no other.
func (r *Resource) WindowField() DateField {
	if (r.FilterByCreated || r.Fields.Updated.Field == "") && r.Fields.Created.Field != "" {
		return r.Fields.Created
	}
	return r.Fields.Updated
}

// In reports whether the field is one of the named ones.
func (d DateField) In(names []string) bool { return slices.Contains(names, d.Field) }

// Checkpoint is what the detection of a new resource begins with.
func (r *Resource) Checkpoint(plan *Plan, now time.Time) (*change.Checkpoint, error) {
	switch r.Start {
	case "":
		return change.NewCheckpoint(plan.Rule, now), nil
	case StartBeginning:
		return change.NewCheckpointFrom(plan.Rule, time.Time{}), nil
	}
	start, err := time.Parse(time.RFC3339Nano, r.Start)
	return change.NewCheckpointFrom(plan.Rule, start), err
}

// Plan is a Resource compiled: what a poll works with.
type Plan struct {
	Rule change.Rule      // for dates
	Hash *change.HashRule // for contents; nil = dates are compared
	URL  *template.Template
}

// Compile makes the plan. It cannot fail on a stored resource unless that was damaged.
func (r *Resource) Compile() (*Plan, error) {
	url, err := template.Parse(r.URL)
	if err != nil {
		return nil, fmt.Errorf("url: %w", err)
	}
	fields, err := r.Fields.compile()
	if err != nil {
		return nil, err
	}
	rule := change.Rule{
		Fields: fields, FilterByCreated: r.FilterByCreated, FilterByCurrent: r.FilterByCurrent, HashContent: r.HashContent,
		Overlap: r.Overlap, PollDelay: r.PollDelay, Tolerance: r.Tolerance, Unit: url.Unit(), Documented: r.Documented,
	}
	if r.Fallback != nil {
		fallback, err := r.Fallback.compile()
		if err != nil {
			return nil, err
		}
		rule.Fallback = &fallback
	}
	if r.Content != nil {
		hash, err := r.Content.rule(rule.Fields, rule.Fallback, r.Start)
		return &Plan{Rule: rule, Hash: hash, URL: url}, err
	}
	return &Plan{Rule: rule, URL: url}, rule.Check()
}

func (f Fields) compile() (out change.Fields, err error) {
	if out.ID, err = change.ParsePath(f.ID); err != nil {
		return out, err
	}
	if out.Updated, err = f.Updated.compile(); err != nil {
		return out, err
	}
	out.Created, err = f.Created.compile()
	return out, err
}

func (d DateField) compile() (out change.Field, err error) {
	if d.Field == "" {
		return out, nil
	}
	if out.Path, err = change.ParsePath(d.Field); err != nil {
		return out, err
	}
	zone, err := javadate.Zone(d.Zone)
	if err != nil {
		return out, err
	}
	out.Format, err = javadate.Compile(d.Format, zone)
	return out, err
}
