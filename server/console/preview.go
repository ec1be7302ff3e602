package console

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine/instance"
)

// resourcePreview is how the fields of a resource would be understood.
type resourcePreview struct {
	URL, URLFault   string
	Date, DateFault string
}

// previewResources shows what the URLs of the chosen resources ask for, and how a sample date is read.
func (v *visit) previewResources(f *form) {
	since := v.now.Add(-time.Hour).UTC()
	vars := map[string]string{}
	for _, field := range slices.Concat(f.Required, f.Optional) {
		if !field.Secret {
			vars[strings.TrimPrefix(field.Name, keyPrefix)] = field.Value
		}
	}
	for i := range f.Resources {
		r := &f.Resources[i]
		if url := r.value("url"); url != "" {
			p, err := v.Engine.PreviewURL(f.Element.Key, url, vars, since)
			if r.Preview.URL = p.URL; err != nil {
				r.Preview.URLFault = firstProblem(err)
			}
		}
		if format := r.value("updatedDateFormat"); format != "" || r.Sample.Value != "" {
			r.Preview.Date, r.Preview.DateFault = v.previewDate(r.Sample.Value, format, r.value("updatedDateTimezone"))
		}
	}
}

func (v *visit) previewDate(sample, format, zone string) (text, fault string) {
	p, err := v.Engine.PreviewDate(sample, format, zone)
	if err != nil {
		return "", firstProblem(err)
	}
	text = fmt.Sprintf("is read as %s UTC, to the %s", p.Time.UTC().Format(clock), unitName(p.Unit))
	if sample == "" {
		text = fmt.Sprintf("writes the present as %s", p.Written)
	}
	if p.Left != "" {
		text += fmt.Sprintf("; %q behind it is not read", p.Left)
	}
	for _, w := range p.Warnings {
		text += ". " + w
	}
	return text, ""
}

func unitName(d time.Duration) string {
	for _, u := range []struct {
		of   time.Duration
		name string
	}{{time.Microsecond, "microsecond"}, {time.Millisecond, "millisecond"}, {time.Second, "second"}, {time.Minute, "minute"}, {time.Hour, "hour"}, {24 * time.Hour, "day"}} {
		if d <= u.of {
			return u.name
		}
	}
	return "month or year"
}

func firstProblem(err error) string {
	var invalid *instance.InvalidError
	if errors.As(err, &invalid) && len(invalid.Problems) > 0 {
		return invalid.Problems[0].Message
	}
	return err.Error()
}

// previewAnswer is what the script beside a form shows while it is filled in.
type previewAnswer struct {
	Body    string              `json:"body"`
	Curl    string              `json:"curl"`
	Raw     string              `json:"raw"`     // the resources as JSON
	Errors  map[string][]string `json:"errors"`  // by id of the field
	Outputs map[string]output   `json:"outputs"` // by id of the output
}

type output struct {
	Text string `json:"text"`
	Bad  bool   `json:"bad"`
}

// preview answers what the form of a new instance stands for now.
func (v *visit) preview() error {
	el, err := v.Engine.Element(v.param("key"))
	if err != nil {
		return err
	}
	f := v.blank(el, nil)
	v.fill(&f)
	if _, err := v.checked(&f); err != nil {
		return err
	}
	return v.answerPreview(f)
}

func (v *visit) answerPreview(f form) error {
	view := v.formView(f)
	a := previewAnswer{Body: view.Body, Curl: view.Curl, Raw: f.Raw.Value, Errors: map[string][]string{}, Outputs: map[string]output{}}
	note := func(fields ...input) {
		for _, field := range fields {
			if len(field.Errors) > 0 {
				a.Errors[field.ID] = field.Errors
			}
		}
	}
	for _, field := range f.inputs() {
		note(*field)
	}
	note(f.Raw)
	for _, r := range view.Form.Resources {
		note(r.Fields...)
		note(r.Advanced...)
		if len(r.Errors) > 0 {
			a.Errors[r.ID()] = r.Errors
		}
		a.Outputs[r.ID()+"-url"] = output{r.Preview.URL + r.Preview.URLFault, r.Preview.URLFault != ""}
		a.Outputs[r.ID()+"-date"] = output{r.Preview.Date + r.Preview.DateFault, r.Preview.DateFault != ""}
	}
	v.Set(fiber.HeaderCacheControl, "no-store")
	return v.JSON(a)
}
