package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// showInstance answers GET /instances/{id}.
func (s *Server) showInstance(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	in, err := s.engine.Instance(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, viewInstance(in))
}

// deleteInstance answers DELETE /instances/{id}, with an empty object: clients that read JSON without looking find some.
func (s *Server) deleteInstance(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	if err := s.engine.DeleteInstance(c.UserContext(), caller, id); err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, struct{}{})
}
