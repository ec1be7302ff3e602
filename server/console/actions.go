package console

import (
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/pollwright/pollwright/engine"
)

// act does something with the instance of the path, and returns to the page it was asked for on.
func (v *visit) act(done string, do func(id int64) error) error {
	id, err := v.id()
	if err != nil {
		return err
	}
	if err := do(id); err != nil {
		return err
	}
	return v.goTo(instancePath(id, v.below()), done)
}

// below is the page of the instance that a form names as its own.
func (v *visit) below() string {
	switch tab := v.field("tab"); tab {
	case "polls", "events", "deadletters", "checkpoints", "settings":
		return "/" + tab
	}
	return ""
}

func (v *visit) pause() error {
	return v.act("paused", func(id int64) error { return v.Engine.PauseCallback(v.ctx, v.caller, id, v.field("reason")) })
}

func (v *visit) resume() error {
	return v.act("resumed", func(id int64) error { return v.Engine.ResumeCallback(v.ctx, v.caller, id) })
}

func (v *visit) enable() error {
	return v.act("enabled", func(id int64) error { return v.Engine.Enable(v.ctx, v.caller, id) })
}

func (v *visit) disable() error {
	return v.act("disabled", func(id int64) error {
		_, err := v.Engine.Disable(v.ctx, v.caller, id)
		return err
	})
}

// pollNow polls the resource of the form, or all of them at once.
func (v *visit) pollNow() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	only := v.field("resource")
	if _, ok := in.Resource(only); only != "" && !ok {
		return engine.ErrNotFound
	}
	var running atomic.Bool
	var polls errgroup.Group
	for _, r := range in.Resources {
		if only != "" && only != r.Name {
			continue
		}
		polls.Go(func() error {
			p, err := v.Engine.PollByHand(v.ctx, v.caller, in.ID, r.Name)
			if p.Running {
				running.Store(true)
			}
			return err
		})
	}
	if err := polls.Wait(); err != nil {
		return err
	}
	if running.Load() {
		return v.goTo(instancePath(in.ID, "/polls"), "polling")
	}
	return v.goTo(instancePath(in.ID, "/polls"), "polled")
}

// reauthorize leads to the provider's page where a user consents anew, and back.
func (v *visit) reauthorize() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	return v.consent(in.Element, engine.ConsentRequest{InstanceID: in.ID})
}

// consent shows the way to a provider's page. It is a link, since browsers do not let a form's answer lead to another site here.
func (v *visit) consent(el engine.Element, r engine.ConsentRequest) error {
	r.ReturnURL = v.origin() + Path + "/return"
	address, err := v.Engine.OAuthURL(v.ctx, v.caller, el.Key, r)
	if err != nil {
		return err
	}
	return v.show(page{Template: "consent", Title: "Continue at " + el.Name, Tab: "instances", Refresh: address.OAuthURL, View: consentView{el.Name, address.OAuthURL}})
}

type consentView struct{ Element, Address string }

type deleteView struct {
	Head  head
	Error string
}

func (v *visit) deletePage() (page, error) { return v.deletion("") }

func (v *visit) deletion(fault string) (page, error) {
	in, err := v.instance()
	if err != nil {
		return page{}, err
	}
	h, err := v.head(in, "settings")
	return v.tabPage(h, "delete", deleteView{h, fault}), err
}

// delete deletes the instance if its name was typed.
func (v *visit) delete() error {
	in, err := v.instance()
	if err != nil {
		return err
	}
	if v.field("name") != strings.TrimSpace(in.Name) {
		p, err := v.deletion("This is not the name of the instance. It is deleted only when the name is typed as it is shown.")
		if err != nil {
			return err
		}
		p.Status = 400
		return v.show(p)
	}
	if err := v.Engine.DeleteInstance(v.ctx, v.caller, in.ID); err != nil {
		return err
	}
	return v.goTo("/instances", "deleted")
}
