package api

import (
	"encoding/json"
	"net/url"

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
		return named(err, "instance", instanceText(c))
	}
	return s.showInstance(c, caller)
}

// pollerRecords answers GET /instances/{id}/event-poller-records: a row for each polled resource, with what is remembered of it. The
// platform had the call; the fields of its rows are not known.
func (s *Server) pollerRecords(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	rows, err := s.engine.PollerRecords(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answer(c, fiber.StatusOK, rows)
}

// decideHeld answers PUT /instances/{id}/resources/{resource}/held: deletions that the guard holds are told, or taken back.
func (s *Server) decideHeld(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	resource, err := url.PathUnescape(c.Params("resource"))
	if err != nil {
		return missingError{"resource", c.Params("resource")}
	}
	body, err := readBody(c)
	if err != nil {
		return err
	}
	var wanted struct {
		Decision string `json:"decision"`
	}
	if err := json.Unmarshal(body, &wanted); err != nil {
		return badParameter("decision", `should be "confirm" or "refuse", in {"decision": "..."}`)
	}
	if err := s.engine.DecideHeld(c.UserContext(), caller, id, resource, engine.Decision(wanted.Decision)); err != nil {
		return named(err, "resource", instanceText(c)+"/"+resource)
	}
	return s.pollerRecords(c, caller)
}
