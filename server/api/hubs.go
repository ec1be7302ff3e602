package api

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// Headers of hub answers. The first two are the platform's.
const (
	headerTotal       = "Elements-Total-Count"
	headerInstanceID  = "Elements-Element-Instance-Id"
	headerFilteredBy  = "Elements-Filtered-By-Host"
	headerOrderedBy   = "Elements-Ordered-By-Host"
	headerHubWarnings = "Elements-Warnings"
)

// hubsCalls: records of providers.
type hubsCalls interface {
	ReadHub(ctx context.Context, caller engine.Caller, id int64, path, query string) (engine.HubAnswer, error)
}

// hubRoutes serve every path below a hub: which resources there are, the element of the token's instance says.
func (s *Server) hubRoutes(r fiber.Router) {
	r.Get("/hubs/:hub/*", s.ofHubToken(s.readHub))
}

// ofHubToken is ofToken with the words of a hub request, which has no other way to name the instance.
func (s *Server) ofHubToken(handle handler) fiber.Handler {
	next := s.ofToken(handle)
	return func(c *fiber.Ctx) error {
		const wanted = "a hub request should have: User <user secret>, Element <token of the instance>"
		switch found, err := parseAuthorization(c.Get(fiber.HeaderAuthorization)); {
		case found == credentials{} && c.Get(fiber.HeaderAuthorization) == "":
			return unauthorizedError{"the Authorization header is missing; " + wanted}
		case err != nil:
			return err
		case found.element == "" && found.user == "":
			return unauthorizedError{"the Authorization header lacks the user secret and the Element token; " + wanted}
		case found.element == "":
			return unauthorizedError{"the Authorization header lacks the Element token; " + wanted}
		case found.user == "":
			return unauthorizedError{"the Authorization header lacks the user secret; " + wanted}
		}
		return next(c)
	}
}

// readHub: GET /hubs/{hub}/{resource...}. The hub does not matter, as on the platform.
func (s *Server) readHub(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	found, err := s.engine.ReadHub(c.UserContext(), caller, id, c.Params("*"), string(c.Request().URI().QueryString()))
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	c.Set(headerInstanceID, strconv.FormatInt(found.Instance, 10))
	setText(c, headerFilteredBy, found.FilteredByHost)
	setText(c, headerOrderedBy, found.OrderedByHost)
	setText(c, headerHubWarnings, strings.Join(found.Warnings, "; "))
	if found.Total != nil {
		c.Set(headerTotal, strconv.FormatInt(*found.Total, 10))
	}
	if found.Next != "" {
		c.Set(headerNextPage, found.Next)
	}
	c.Set(headerCount, strconv.Itoa(len(found.Records)))
	c.Set(fiber.HeaderContentType, fiber.MIMEApplicationJSON)
	if found.One {
		return c.Send(found.Records[0])
	}
	var body bytes.Buffer
	body.WriteByte('[')
	for i, record := range found.Records {
		if i > 0 {
			body.WriteByte(',')
		}
		body.Write(record)
	}
	body.WriteByte(']')
	return c.Send(body.Bytes())
}

// maxHeaderText bounds a header that repeats what was asked or answered, bytes.
const maxHeaderText = 1000

// setText sets a header to a text from outside, if there is any: what may not stand in a header is percent-encoded.
func setText(c *fiber.Ctx, name, text string) {
	if text == "" {
		return
	}
	var safe strings.Builder
	for i := range len(text) {
		if safe.Len() > maxHeaderText {
			safe.WriteString("...")
			break
		}
		if b := text[i]; b < ' ' || b > '~' {
			fmt.Fprintf(&safe, "%%%02X", b)
		} else {
			safe.WriteByte(b)
		}
	}
	c.Set(name, safe.String())
}
