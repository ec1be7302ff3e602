package api

import (
	"net/netip"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine/instance"
)

// consolePath is where Config.Console serves.
const consolePath = "/console"

// Door is what this API lends to the console beside it: both judge alike who may come in, and word alike what is wrong.
type Door struct{ server *Server }

// Client is the address that a request came from.
func (d Door) Client(c *fiber.Ctx) netip.Addr { return d.server.clientAddress(c) }

// RequestID is the id of a request, as answers and logs have it.
func (d Door) RequestID(c *fiber.Ctx) string { return requestID(c) }

// Admit returns an error for an address that is not heard after too many failed logins.
func (d Door) Admit(c *fiber.Ctx) error { return d.server.logins.admit(d.Client(c)) }

// FailedLogin counts a wrong secret, and returns what to answer.
func (d Door) FailedLogin(c *fiber.Ctx, cause error) error {
	return d.server.failedLogin(c, d.Client(c), cause)
}

// Stopped is closed when the server begins to stop: who waits for something new should go.
func (d Door) Stopped() <-chan struct{} { return d.server.stopped }

// Refusal is the status and the words of the JSON answer to an error, and which fields are wrong. Its headers are set.
func (d Door) Refusal(c *fiber.Ctx, err error) (status int, message string, problems []instance.Problem) {
	status, body := d.server.refusal(c, err)
	if body.ProviderMessage != "" {
		body.Message += ": " + body.ProviderMessage
	}
	return status, body.Message, body.Errors
}

// consoleRoutes hands /console on, and sends there who opens the bare address in a browser.
func (s *Server) consoleRoutes(app *fiber.App) {
	if s.console == nil {
		return
	}
	s.console(app.Group(consolePath), Door{s})
	app.Get("/", func(c *fiber.Ctx) error { return c.Redirect(consolePath, fiber.StatusSeeOther) })
}
