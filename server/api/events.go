package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// listEvents answers GET /instances/{id}/events and /instances/events: what was told, newest first.
func (s *Server) listEvents(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	q, err := readEventsQuery(c)
	if err != nil {
		return err
	}
	list, next, err := s.engine.Events(c.UserContext(), caller, id, q)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answerPage(c, list, next)
}

// showEvent answers GET /instances/{id}/events/{event} and /instances/events/{event}: one, by its id or that of one of its changes.
func (s *Server) showEvent(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	event, err := s.engine.Event(c.UserContext(), caller, id, c.Params("event"))
	if err != nil {
		return named(err, "event", c.Params("event"))
	}
	return answer(c, fiber.StatusOK, event)
}

// explainEvent answers GET /instances/{id}/events/{event}/explanation: why it was told, and what became of it.
func (s *Server) explainEvent(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	why, err := s.engine.Explain(c.UserContext(), caller, id, c.Params("event"))
	if err != nil {
		return named(err, "event", c.Params("event"))
	}
	return answer(c, fiber.StatusOK, why)
}

// listDispositions answers GET /instances/events/dispositions: what was done with the events of the token's instance.
func (s *Server) listDispositions(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	q, err := readEventsQuery(c)
	if err != nil {
		return err
	}
	list, next, err := s.engine.Dispositions(c.UserContext(), caller, id, q)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answerPage(c, list, next)
}

// listChanges answers GET /instances/{id}/changes: the changes that were detected, newest event first.
func (s *Server) listChanges(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	p, err := readPage(c)
	if err != nil {
		return err
	}
	q := engine.ChangesQuery{EventFilter: readEventFilter(c), Page: p.token, Size: p.size}
	list, next, err := s.engine.Changes(c.UserContext(), caller, id, q)
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	return answerPage(c, list, next)
}

func readEventsQuery(c *fiber.Ctx) (q engine.EventsQuery, err error) {
	p, err := readPage(c)
	if err != nil {
		return q, err
	}
	q = engine.EventsQuery{EventFilter: readEventFilter(c), Page: p.token, Size: p.size}
	q.Hydrate, err = readFlag(c, "hydrate", true)
	return q, err
}

func readEventFilter(c *fiber.Ctx) engine.EventFilter {
	return engine.EventFilter{
		Status: c.Query("status"), State: c.Query("state"), Type: c.Query("type"), Resource: c.Query("resource"), ObjectID: c.Query("objectId"),
		From: c.Query("from"), To: c.Query("to"),
	}
}
