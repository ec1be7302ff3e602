package api

import (
	"errors"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// handler answers a request of a known caller.
type handler func(*fiber.Ctx, engine.Caller) error

// instanceLocal is where a request keeps the instance that its token tells.
const instanceLocal = "instance"

// ofToken serves a call about one instance without its id in the path: the Element token tells it. The platform's calls have both forms.
func (s *Server) ofToken(handle handler) fiber.Handler {
	return s.owned(func(c *fiber.Ctx, caller engine.Caller) error {
		id, err := s.instanceOfToken(c, caller)
		if err != nil {
			return err
		}
		c.Locals(instanceLocal, id)
		return handle(c, caller)
	})
}

func (s *Server) instanceOfToken(c *fiber.Ctx, caller engine.Caller) (int64, error) {
	found, err := parseAuthorization(c.Get(fiber.HeaderAuthorization))
	if err != nil {
		return 0, err
	}
	if found.element == "" {
		return 0, unauthorizedError{"the Authorization header has no Element token, which tells the instance; or name it, as in /instances/{id}/events"}
	}
	id, err := s.engine.InstanceOfToken(c.UserContext(), caller, found.element)
	if errors.Is(err, engine.ErrUnauthorized) {
		err = wrongSecretError{"the Element token is not that of an instance of yours"}
	}
	return id, err
}

// instanceID is the instance that a request is about: that of its token, or of the path. A text that is no number is the id of no instance.
func instanceID(c *fiber.Ctx) (int64, error) {
	if id, ok := c.Locals(instanceLocal).(int64); ok {
		return id, nil
	}
	text := c.Params("id")
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, missingError{"instance", text}
	}
	return id, nil
}

// instanceText is its id as a message shows it.
func instanceText(c *fiber.Ctx) string {
	if id, ok := c.Locals(instanceLocal).(int64); ok {
		return strconv.FormatInt(id, 10)
	}
	return c.Params("id")
}
