package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// showLimits answers GET /instances/{id}/limits: how much of its provider's limits the instance's credential has used.
func (s *Server) showLimits(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	limits, err := s.engine.Limits(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, limits)
}
