package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// pauseCallback answers PUT /instances/{id}/callback/paused: nothing more is sent to the callback until it is resumed, and what waits is kept.
func (s *Server) pauseCallback(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	var wanted struct {
		Reason string `json:"reason"`
	}
	if err := readOptional(c, &wanted, `reason`, `should be a text, in {"reason": "..."}, or there should be no body`); err != nil {
		return err
	}
	if err := s.engine.PauseCallback(c.UserContext(), caller, id, wanted.Reason); err != nil {
		return named(err, "instance", instanceText(c))
	}
	return s.showInstance(c, caller)
}

// testCallback answers POST /instances/{id}/callback/test: what the callback says to a sample notification that is sent now.
func (s *Server) testCallback(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	test, err := s.engine.TestCallback(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, test)
}

// rotateSecret answers POST /instances/{id}/webhook/secret/rotate: the new secret, which is not shown again.
func (s *Server) rotateSecret(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	var wanted struct {
		Overlap string `json:"overlap"`
	}
	if err := readOptional(c, &wanted, "overlap", `should be a text like "24h", in {"overlap": "24h"}, or there should be no body`); err != nil {
		return err
	}
	made, err := s.engine.RotateWebhookSecret(c.UserContext(), caller, id, wanted.Overlap)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, made)
}

// resumeCallback answers DELETE /instances/{id}/callback/paused: a paused callback is tried again, at once.
func (s *Server) resumeCallback(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	if err := s.engine.ResumeCallback(c.UserContext(), caller, id); err != nil {
		return named(err, "instance", instanceText(c))
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
		return named(err, "instance", instanceText(c))
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
