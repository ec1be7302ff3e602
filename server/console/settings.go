package console

import (
	"github.com/pollwright/pollwright/engine"
)

// settings is the form of what an instance is, filled with what it is.
func (v *visit) settings() (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	return v.settingsPage(in, v.formView(v.blank(in.Element, in)))
}

func (v *visit) settingsPage(in *engine.Instance, view formView) (page, error) {
	h, err := v.head(in, "settings")
	view.Head = &h
	return v.tabPage(h, "settings", view), err
}

func (v *visit) filled() (*engine.Instance, form, error) {
	in, err := v.instance()
	if err != nil {
		return nil, form{}, err
	}
	f := v.blank(in.Element, in)
	v.fill(&f)
	return in, f, nil
}

// change merges the form over the instance.
func (v *visit) change() error {
	in, f, err := v.filled()
	if err != nil {
		return err
	}
	fields, err := f.body()
	if err == nil {
		var body []byte
		if body, err = encoded(fields, ""); err != nil {
			return err
		}
		var changed *engine.Instance
		if changed, err = v.Engine.UpdateInstance(v.ctx, v.caller, in.ID, body, false); err == nil && len(changed.Warnings) == 0 {
			return v.goTo(instancePath(in.ID, "/settings"), "changed")
		} else if err == nil { // some of it was tolerated: the form shows what
			in, f = changed, v.blank(changed.Element, changed)
			f.Warnings, f.Checked = changed.Warnings, true
		}
	}
	if err != nil {
		v.refused(&f, err)
	}
	p, err := v.settingsPage(in, v.formView(f))
	if err != nil {
		return err
	}
	if f.Faults() > 0 {
		p.Status = 400
	}
	return v.show(p)
}

// previewChange answers what the form of the settings stands for now. What is wrong with it is told when it is sent: only then is it held against
// what the instance keeps secret.
func (v *visit) previewChange() error {
	_, f, err := v.filled()
	if err != nil {
		return err
	}
	if _, err := f.body(); err != nil {
		v.refused(&f, err)
	}
	return v.answerPreview(f)
}

// testCallback sends a test to the callback of an instance, and shows the answer.
func (v *visit) testCallback() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	view := v.formView(v.blank(in.Element, in))
	test, err := v.Engine.TestCallback(v.ctx, v.caller, in.ID)
	if err != nil {
		view.TestErr = v.words(err)
	} else {
		view.Test = &test
	}
	p, err := v.settingsPage(in, view)
	if err != nil {
		return err
	}
	return v.show(p)
}

type secretView struct {
	Head   head
	Secret string
	Until  moment
}

// rotateSecret makes a new webhook secret and shows it, this once.
func (v *visit) rotateSecret() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	s, err := v.Engine.RotateWebhookSecret(v.ctx, v.caller, in.ID, v.field("overlap"))
	if err != nil {
		return err
	}
	h, err := v.head(in, "settings")
	if err != nil {
		return err
	}
	return v.show(v.tabPage(h, "secret", secretView{h, s.WebhookSecret, v.when(s.Until)}))
}
