package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// redeliverEvent answers POST /instances/{id}/events/{event}/redeliver: the event is sent again, with the id and the bytes it had.
func (s *Server) redeliverEvent(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	event, err := s.engine.RedeliverEvent(c.UserContext(), caller, id, c.Params("event"))
	if err != nil {
		return named(err, "event", c.Params("event"))
	}
	return answer(c, fiber.StatusOK, event)
}

// redeliverEvents answers POST /instances/{id}/events/redeliver with 202: a job has begun that sends the events of a filter again.
func (s *Server) redeliverEvents(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	filter, err := parseFilter(body)
	if err != nil {
		return err
	}
	job, err := s.engine.RedeliverEvents(c.UserContext(), caller, id, filter)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusAccepted, job)
}

// parseFilter refuses what it does not know: a filter that is misspelt would send everything again.
func parseFilter(body []byte) (filter engine.EventFilter, err error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return filter, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(&filter)
	if err == nil && !errors.Is(decoder.Decode(&struct{}{}), io.EOF) {
		err = errors.New("something follows the object")
	}
	if err != nil {
		return filter, badParameter("body", `should be an object of texts with one or more of status, state, type, resource, objectId, from and to: %s`, clip(err.Error()))
	}
	return filter, nil
}

// listRedeliveries answers GET /instances/{id}/jobs: the last redeliveries, newest first.
func (s *Server) listRedeliveries(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	list, err := s.engine.Redeliveries(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answerPage(c, list, "")
}

// showRedelivery answers GET /instances/{id}/jobs/{job}: how far it is.
func (s *Server) showRedelivery(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	job, err := s.engine.Redelivery(c.UserContext(), caller, id, c.Params("job"))
	if err != nil {
		return named(err, "job", c.Params("job"))
	}
	return answer(c, fiber.StatusOK, job)
}

// cancelRedelivery answers DELETE /instances/{id}/jobs/{job}: it sends no more.
func (s *Server) cancelRedelivery(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	job, err := s.engine.CancelRedelivery(c.UserContext(), caller, id, c.Params("job"))
	if err != nil {
		return named(err, "job", c.Params("job"))
	}
	return answer(c, fiber.StatusOK, job)
}
