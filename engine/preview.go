package engine

import (
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/javadate"
	"github.com/pollwright/pollwright/engine/template"
)

// maxPreview is the most bytes of a text that is to be previewed.
const maxPreview = 2000

// DatePreview is how a date of a record would be read.
type DatePreview struct {
	Time     time.Time     `json:"time"`
	Written  string        `json:"written"`        // the same date, as the format writes it
	Left     string        `json:"left,omitempty"` // of the text, behind what the format names
	Unit     time.Duration `json:"unit"`           // the finest that the format tells apart, in nanoseconds
	Warnings []string      `json:"warnings,omitempty"`
}

// PreviewDate reads a date with a format and a zone of event.poller.configuration ("" = UTC). An empty text stands for the present as the format
// writes it. Error: *instance.InvalidError, whose paths are format, zone and text.
func (e *Engine) PreviewDate(text, format, zone string) (p DatePreview, err error) {
	if len(text)+len(format)+len(zone) > maxPreview {
		return p, invalid("text", "is too long: at most %d bytes are previewed", maxPreview)
	}
	at, err := javadate.Zone(zone)
	if err != nil {
		return p, invalid("zone", "%s", err)
	}
	f, err := javadate.Compile(format, at)
	if err != nil {
		return p, invalid("format", "%s", err)
	}
	if text == "" {
		text = f.Format(e.config.Now())
	}
	read, err := f.Parse(text)
	if err != nil {
		return p, invalid("text", "%s", err)
	}
	return DatePreview{read.Time, f.Format(read.Time), text[read.End:], f.Unit(), f.Warnings()}, nil
}

// URLPreview is what a poll URL asks for.
type URLPreview struct {
	URL      string   `json:"url"`      // with its placeholders filled
	Resource string   `json:"resource"` // of the element
	Warnings []string `json:"warnings,omitempty"`
}

// PreviewURL fills a poll URL of an element as a poll would that asks for what changed since a time. vars stand for {variables} of the path.
// Errors: ErrNotFound for an element that there is none of, *instance.InvalidError whose path is url.
func (e *Engine) PreviewURL(element, url string, vars map[string]string, since time.Time) (p URLPreview, err error) {
	el, err := e.Element(element)
	if err != nil {
		return p, err
	}
	if len(url) > maxPreview {
		return p, invalid("url", "is too long: at most %d bytes are previewed", maxPreview)
	}
	t, err := template.Parse(url)
	if err != nil {
		return p, invalid("url", "%s", err)
	}
	full := map[string]string{}
	for _, name := range t.Variables() { // one without a value is no fault yet
		if full[name] = vars[name]; full[name] == "" {
			full[name] = name
		}
	}
	if p.URL, err = t.Expand(template.Values{Since: since, Now: e.config.Now(), Vars: full}); err != nil {
		return p, invalid("url", "%s", err)
	}
	route, err := instance.FindRoute(el.Manifest, p.URL)
	if err != nil {
		return p, invalid("url", "%s", err)
	}
	p.Resource, p.Warnings = route.Resource.Name, append(t.Warnings(), route.Warnings...)
	return p, nil
}
