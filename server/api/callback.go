package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// resumeCallback answers DELETE /instances/{id}/callback/paused: a paused callback is tried again, at once.
func (s *Server) resumeCallback(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	if err := s.engine.ResumeCallback(c.UserContext(), caller, id); err != nil {
		return named(err, "instance", c.Params("id"))
	}
	return s.showInstance(c, caller)
}

// listDeadLetters answers GET /instances/{id}/deadletters: the notifications that were given up, oldest first, without their payloads.
func (s *Server) listDeadLetters(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	p, err := readPage(c)
	if err != nil {
		return err
	}
	list, next, err := s.engine.DeadLetters(c.UserContext(), caller, id, p.token, p.size)
	if err != nil {
		return named(err, "instance", c.Params("id"))
	}
	return answerPage(c, list, next)
}

// showDeadLetter answers GET /instances/{id}/deadletters/{letter}, with the payload.
func (s *Server) showDeadLetter(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	letter, err := s.engine.DeadLetter(c.UserContext(), caller, id, c.Params("letter"))
	if err != nil {
		return named(err, "dead letter", c.Params("letter"))
	}
	return answer(c, fiber.StatusOK, letter)
}

// redeliver answers POST /instances/{id}/deadletters/{letter}/redeliver: the notification is sent again, with the id and the bytes it had.
func (s *Server) redeliver(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	if err := s.engine.Redeliver(c.UserContext(), caller, id, c.Params("letter")); err != nil {
		return named(err, "dead letter", c.Params("letter"))
	}
	return answer(c, fiber.StatusOK, struct{}{})
}
