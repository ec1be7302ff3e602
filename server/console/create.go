package console

import (
	"crypto/rand"
	"errors"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

type chooseView struct{ Elements []elementRow }

// choose asks which element a new instance is of.
func (v *visit) choose() (page, error) {
	return page{Template: "choose", Title: "New instance", Tab: "instances", View: chooseView{v.catalogView().Elements}}, nil
}

// formView is a form with what it stands for, and what came of a test of it.
type formView struct {
	Form    form
	Head    *head // of the instance whose settings these are
	Body    string
	Curl    string
	Test    *engine.CallbackTest
	TestErr string
	Trials  []trialView
	TryErr  string
	Formats []string
	Zones   []string
}

// trialView is what the first poll of a resource would find.
type trialView struct {
	Resource  string
	Poll      pollRow
	Told      bool
	Truncated bool
	Found     []foundRow
}

type foundRow struct {
	changeRow
	Record string
}

func (v *visit) newInstance() (page, error) {
	el, err := v.Engine.Element(v.param("key"))
	if err != nil {
		return page{}, err
	}
	f := v.blank(el, nil)
	f.Key = rand.Text()
	return v.formPage(f), nil
}

// formPage is the page of a new instance.
func (v *visit) formPage(f form) page {
	view := v.formView(f)
	return page{Template: "new", Title: "New " + f.Element.Name + " instance", Tab: "instances", View: view}
}

func (v *visit) formView(f form) formView {
	v.previewResources(&f)
	view := formView{Form: f, Formats: Formats, Zones: Zones}
	view.Body, view.Curl = v.request(&f)
	return view
}

// create does what the button of the form says: checks it, tries the callback or the provider, or makes the instance.
func (v *visit) create() error {
	el, err := v.Engine.Element(v.param("key"))
	if err != nil {
		return err
	}
	f := v.blank(el, nil)
	v.fill(&f)
	body, err := v.checked(&f)
	if err != nil {
		return err
	}
	view := v.formView(f)
	switch do := v.field("do"); {
	case body == nil && do != "test":
	case do == "test":
		v.tryCallback(&view, f)
	case do == "try":
		v.try(&view, body)
	case do == "create" && f.Consents:
		err := v.consent(el, engine.ConsentRequest{Instance: body})
		if err == nil {
			return nil
		}
		v.refused(&view.Form, err)
	case do == "create":
		in, err := v.Engine.Create(v.ctx, v.caller, engine.Creation{Body: body, IdempotencyKey: f.Key})
		if err == nil {
			return v.made(in)
		}
		v.refused(&view.Form, err)
	default:
		view.Form.Checked = true
	}
	return v.showForm(view)
}

func (v *visit) showForm(view formView) error {
	p := page{Template: "new", Title: "New " + view.Form.Element.Name + " instance", Tab: "instances", View: view}
	if view.Form.Faults() > 0 {
		p.Status = 400
	}
	return v.show(p)
}

// checked has the engine check the form; the body is nil if something is wrong, which is then beside the fields.
func (v *visit) checked(f *form) ([]byte, error) {
	fields, err := f.body()
	if err != nil {
		v.refused(f, err)
		return nil, nil
	}
	body, err := encoded(fields, "")
	if err != nil {
		return nil, err
	}
	warnings, err := v.Engine.CheckInstance(f.Element.Key, body)
	if f.Warnings = warnings; err != nil {
		v.refused(f, err)
		return nil, nil
	}
	return body, nil
}

// refused puts an error of the engine into the form, in the API's words.
func (v *visit) refused(f *form, err error) {
	var invalid *instance.InvalidError
	if errors.As(err, &invalid) {
		f.Warnings = invalid.Warnings
		f.problems(invalid.Problems)
		return
	}
	f.General = append(f.General, v.words(err))
}

// tryCallback sends a test to the callback of the form; what else is wrong with it is shown, too, but does not matter.
func (v *visit) tryCallback(view *formView, f form) {
	fields, err := f.body()
	if err != nil {
		view.TestErr = v.words(err)
		return
	}
	body, err := encoded(fields, "")
	if err != nil {
		view.TestErr = err.Error()
		return
	}
	test, err := v.Engine.TryCallback(v.ctx, v.caller, f.Element.Key, body)
	if err != nil {
		view.TestErr = "Correct what is marked in the form first."
		if len(f.General)+f.Faults() == 0 {
			view.TestErr = v.words(err)
		}
		return
	}
	view.Test = &test
}

func (v *visit) try(view *formView, body []byte) {
	trials, err := v.Engine.TryInstance(v.ctx, v.caller, view.Form.Element.Key, body)
	if err != nil {
		view.TryErr = v.words(err)
		return
	}
	for _, t := range trials {
		row := trialView{Resource: t.Resource, Poll: v.pollRow(t.Outcome), Told: t.Told, Truncated: t.Truncated}
		for _, e := range t.Found {
			row.Found = append(row.Found, foundRow{changeRow{EventID: e.ID, ObjectID: e.ObjectID, Type: e.Type, Date: v.when(e.Date)}, indented(e.Record)})
		}
		view.Trials = append(view.Trials, row)
	}
}

type madeView struct {
	ID                   int64
	Name, Element        string
	Token, WebhookSecret string
	Warnings             []instance.Problem
	Replayed             bool
}

// made shows what is told once. Loading the page again sends the form again, which its key makes the same instance.
func (v *visit) made(in *engine.Instance) error {
	return v.show(page{Template: "made", Title: in.Name, Tab: "instances", View: madeView{
		in.ID, in.Name, in.Element.Name, in.Token, in.WebhookSecret, in.Warnings, in.Replayed,
	}})
}

// request is the body that the form stands for, and the command that sends it, with secrets starred.
func (v *visit) request(f *form) (body, curl string) {
	fields, err := f.body()
	if err != nil {
		return "", ""
	}
	configuration := fields["configuration"].(map[string]any)
	for _, field := range f.inputs() {
		if key, ok := strings.CutPrefix(field.Name, keyPrefix); ok && field.Secret && configuration[key] != nil {
			configuration[key] = instance.Mask
		}
	}
	body = indented(fields)
	method, path := "POST", "/elements/api-v2/instances"
	if f.ID != 0 {
		method, path = "PATCH", "/elements/api-v2"+instancePath(f.ID, "")
	}
	curl = "curl -X " + method + " " + quoted(v.origin()+path) + " \\\n  -H " + quoted("Authorization: User "+instance.Mask+", Organization "+instance.Mask) +
		" \\\n  -H " + quoted("Content-Type: application/json") + " \\\n  --data-binary " + quoted(body)
	return body, curl
}

// quoted writes a text for a POSIX shell.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// OptionalOpen and DeliveryOpen report whether something of the fields that are usually hidden is given, or wrong.
func (v formView) OptionalOpen() bool { return given(v.Form.Optional) || len(v.Form.Tags.Errors) > 0 }
func (v formView) DeliveryOpen() bool { return given(v.Form.Delivery) }

func given(fields []input) bool {
	return slices.ContainsFunc(fields, func(f input) bool { return len(f.Errors) > 0 || f.Value != "" && f.Value != f.Placeholder })
}
