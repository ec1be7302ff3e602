package console

import (
	"github.com/gofiber/fiber/v2"
)

// loader makes a page of what there is; action does what a form asks for, and answers.
type (
	loader func(*visit) (page, error)
	action func(*visit) error
)

// Mount adds the routes of the console. The router's own path is Path.
func (u *Console) Mount(r fiber.Router, door Door) {
	u.door = door
	r.Get("/assets/:name", u.open((*visit).asset))
	r.Get("/sign-in", u.open(shown((*visit).signInPage)))
	r.Post("/sign-in", u.open((*visit).signIn))
	r.Get("/return", u.open(shown((*visit).returned)))
	r.Post("/sign-out", u.form((*visit).signOut))
	r.Post("/theme", u.form((*visit).setTheme))
	u.elementRoutes(r)
	u.instanceRoutes(r)
	r.Get("/", u.page((*visit).home))
	r.Use(u.open(func(*visit) error { return fiber.ErrNotFound }))
}

func (u *Console) elementRoutes(r fiber.Router) {
	r.Get("/elements", u.page((*visit).catalog))
	r.Post("/elements/upload", u.form((*visit).upload))
	r.Get("/elements/:key", u.page((*visit).element))
	r.Post("/elements/:key/hosts", u.form((*visit).agree))
	r.Post("/elements/:key/remove", u.form((*visit).removeElement))
}

func (u *Console) instanceRoutes(r fiber.Router) {
	r.Get("/instances", u.page((*visit).instances))
	r.Post("/instances/bulk", u.form((*visit).bulk))
	r.Get("/instances/new", u.page((*visit).choose))
	r.Get("/instances/new/:key", u.page((*visit).newInstance))
	r.Post("/instances/new/:key", u.form((*visit).create))
	r.Post("/instances/new/:key/preview", u.form((*visit).preview))
	r.Get("/instances/:id", u.page((*visit).overview))
	r.Get("/instances/:id/polls", u.page((*visit).polls))
	r.Get("/instances/:id/events", u.page((*visit).events))
	r.Get("/instances/:id/events/:event", u.page((*visit).event))
	r.Get("/instances/:id/objects", u.page((*visit).object))
	r.Get("/instances/:id/deadletters", u.page((*visit).deadLetters))
	r.Get("/instances/:id/deadletters/:letter", u.page((*visit).deadLetter))
	r.Get("/instances/:id/checkpoints", u.page((*visit).checkpoints))
	r.Get("/instances/:id/settings", u.page((*visit).settings))
	r.Get("/instances/:id/delete", u.page((*visit).deletePage))
	u.instanceForms(r)
}

func (u *Console) instanceForms(r fiber.Router) {
	for path, do := range map[string]action{
		"/poll": (*visit).pollNow, "/pause": (*visit).pause, "/resume": (*visit).resume, "/enable": (*visit).enable, "/disable": (*visit).disable,
		"/reauthorize": (*visit).reauthorize, "/test": (*visit).testCallback, "/delete": (*visit).delete,
		"/events/:event/redeliver": (*visit).redeliverEvent, "/redeliver": (*visit).redeliverEvents, "/jobs/:job/cancel": (*visit).cancelJob,
		"/deadletters/:letter/redeliver": (*visit).redeliverLetter, "/rewind": (*visit).rewind, "/dryrun": (*visit).dryRun, "/held": (*visit).decideHeld,
		"/settings": (*visit).change, "/settings/preview": (*visit).previewChange, "/secret": (*visit).rotateSecret,
	} {
		r.Post("/instances/:id"+path, u.form(do))
	}
}

// open lets everybody through. What goes wrong is a page.
func (u *Console) open(do action) fiber.Handler {
	return func(c *fiber.Ctx) error {
		v := u.visit(c)
		if err := do(v); err != nil {
			return v.fail(err)
		}
		return nil
	}
}

func shown(load loader) action {
	return func(v *visit) error {
		p, err := load(v)
		if err != nil {
			return err
		}
		return v.show(p)
	}
}

// page lets those through who are signed in; others are asked to, and come back.
func (u *Console) page(load loader) fiber.Handler {
	return u.open(func(v *visit) error {
		live := v.Query("live") != ""
		switch err := v.signedIn(); {
		case err == errNoSession && live:
			return v.SendStatus(fiber.StatusNoContent)
		case err == errNoSession:
			return v.askIn()
		case err != nil:
			return err
		case live:
			return v.watch(load)
		}
		return shown(load)(v)
	})
}

// form lets forms through that a page of the visitor's session has sent.
func (u *Console) form(do action) fiber.Handler {
	return u.open(func(v *visit) error {
		switch err := v.signedIn(); {
		case err == errNoSession:
			return refusal{fiber.StatusForbidden, "your session has ended: sign in again, and send the form once more"}
		case err != nil:
			return err
		}
		if err := v.proven(); err != nil {
			return err
		}
		return do(v)
	})
}
