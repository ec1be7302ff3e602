package api

import (
	"regexp"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// outcomeID is the form of a poll outcome's id, which is also the page token.
var outcomeID = regexp.MustCompile(`^[0-9a-f]{24}$`)

// listPolls answers GET /instances/{id}/polls: what became of the instance's polls, newest first.
func (s *Server) listPolls(c *fiber.Ctx, caller engine.Caller) error {
	id, err := instanceID(c)
	if err != nil {
		return err
	}
	p, err := readPage(c)
	if err != nil {
		return err
	}
	if p.token != "" && !outcomeID.MatchString(p.token) {
		return badParameter("nextPage", "is not a page token of this service")
	}
	list, err := s.engine.Polls(c.UserContext(), caller, id, p.token, p.size+1) // one more tells whether there is a next page
	if err != nil {
		return named(err, "instance", instanceText(c))
	}
	next := ""
	if len(list) > p.size {
		list = list[:p.size]
		next = list[p.size-1].ID
	}
	return answerPage(c, list, next)
}
