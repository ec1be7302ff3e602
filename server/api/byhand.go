package api

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// pollByHand answers POST /instances/{id}/resources/{resource}/poll: the resource is polled now. The answer is the outcome, also of a poll that
// failed; 202 says that the poll takes longer than an answer may, and goes on. With dryRun=true it tells what a poll would tell.
func (s *Server) pollByHand(c *fiber.Ctx, caller engine.Caller) error {
	id, resource, err := resourceOf(c)
	if err != nil {
		return err
	}
	dry, err := readTrial(c, "dryRun")
	if err != nil {
		return err
	}
	if dry {
		run, err := s.engine.DryRun(c.UserContext(), caller, id, resource)
		if err != nil {
			return named(err, "resource", instanceText(c)+"/"+resource)
		}
		return answer(c, fiber.StatusOK, run)
	}
	polled, err := s.engine.PollByHand(c.UserContext(), caller, id, resource)
	if err != nil {
		return named(err, "resource", instanceText(c)+"/"+resource)
	}
	if polled.Running {
		return answer(c, fiber.StatusAccepted, polled)
	}
	return answer(c, fiber.StatusOK, polled)
}

// showCheckpoint answers GET /instances/{id}/resources/{resource}/checkpoint: what is remembered, and how the mark moved, newest first.
func (s *Server) showCheckpoint(c *fiber.Ctx, caller engine.Caller) error {
	id, resource, err := resourceOf(c)
	if err != nil {
		return err
	}
	p, err := readPage(c)
	if err != nil {
		return err
	}
	return s.answerCheckpoint(c, caller, id, resource, p)
}

func (s *Server) answerCheckpoint(c *fiber.Ctx, caller engine.Caller, id int64, resource string, p page) error {
	checkpoint, next, err := s.engine.Checkpoint(c.UserContext(), caller, id, resource, engine.HistoryQuery{Page: p.token, Size: p.size})
	if err != nil {
		return named(err, "resource", instanceText(c)+"/"+resource)
	}
	if next != "" {
		c.Set(headerNextPage, next)
	}
	return answer(c, fiber.StatusOK, checkpoint)
}

// rewind answers PUT /instances/{id}/resources/{resource}/checkpoint: the mark is put back, or, with preview=true, what that would tell is
// counted.
func (s *Server) rewind(c *fiber.Ctx, caller engine.Caller) error {
	id, resource, err := resourceOf(c)
	if err != nil {
		return err
	}
	preview, err := readTrial(c, "preview")
	if err != nil {
		return err
	}
	mark, err := readMark(c)
	if err != nil {
		return err
	}
	if preview {
		p, err := s.engine.PreviewRewind(c.UserContext(), caller, id, resource, mark)
		if err != nil {
			return named(err, "resource", instanceText(c)+"/"+resource)
		}
		return answer(c, fiber.StatusOK, p)
	}
	if err := s.engine.Rewind(c.UserContext(), caller, id, resource, mark); err != nil {
		return named(err, "resource", instanceText(c)+"/"+resource)
	}
	return s.answerCheckpoint(c, caller, id, resource, page{size: pageLimit})
}

// resourceOf is the instance and the resource that a request is about.
func resourceOf(c *fiber.Ctx) (id int64, resource string, err error) {
	if id, err = instanceID(c); err != nil {
		return id, "", err
	}
	if resource, err = url.PathUnescape(c.Params("resource")); err != nil {
		return id, "", missingError{"resource", c.Params("resource")}
	}
	return id, resource, nil
}

// readTrial reads the flag that asks for a trial. One without a value must not be taken for false: the request would do what it only was to try.
func readTrial(c *fiber.Ctx, name string) (bool, error) {
	if c.Query(name) == "" && c.Context().QueryArgs().Has(name) {
		return false, badParameter(name, "should be true or false, is empty")
	}
	return readFlag(c, name, false)
}

// readMark reads {"mark": ...} as text: a time, or a whole number of milliseconds.
func readMark(c *fiber.Ctx) (string, error) {
	const want = `should be a time like "2026-06-09T20:47:01Z", or milliseconds since 1970, in {"mark": ...}`
	body, err := readBody(c)
	if err != nil {
		return "", err
	}
	var wanted struct {
		Mark any `json:"mark"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wanted); err != nil || decoder.More() {
		return "", badParameter("mark", want)
	}
	switch mark := wanted.Mark.(type) {
	case string:
		return strings.TrimSpace(mark), nil
	case json.Number:
		return mark.String(), nil
	}
	return "", badParameter("mark", want)
}
