package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// createInstance answers POST /instances.
func (s *Server) createInstance(c *fiber.Ctx, caller engine.Caller) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	in, err := s.engine.CreateInstance(c.UserContext(), caller, body)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, viewInstance(in))
}

// listInstances answers GET /instances.
func (s *Server) listInstances(c *fiber.Ctx, caller engine.Caller) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	list, next, err := s.engine.Instances(c.UserContext(), caller, p.token, p.size)
	if err != nil {
		return err
	}
	views := make([]instanceBody, len(list))
	for i, in := range list {
		views[i] = viewInstance(in)
	}
	return answerPage(c, views, next)
}

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
