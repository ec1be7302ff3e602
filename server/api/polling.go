package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// pollingDisabled answers GET /instances/polling-disabled: the caller's instances whose polling was stopped after failures, and why.
func (s *Server) pollingDisabled(c *fiber.Ctx, caller engine.Caller) error {
	list, err := s.engine.PollingDisabled(c.UserContext(), caller)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, list)
}

// enableInstance answers PUT /instances/{id}/enabled: the instance is polled again, at once.
func (s *Server) enableInstance(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	if err := s.engine.Enable(c.UserContext(), caller, id); err != nil {
		return named(err, "instance", c.Params("id"))
	}
	return s.showInstance(c, caller)
}
