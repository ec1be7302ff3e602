package api

import (
	"github.com/gofiber/fiber/v2"
)

// listElements answers GET /elements: what instances can be made of, by key. The page token is the last key.
func (s *Server) listElements(c *fiber.Ctx) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	var views []elementDetail
	for _, el := range s.engine.Elements() {
		if el.Key <= p.token {
			continue
		}
		if len(views) == p.size {
			return answerPage(c, views, views[p.size-1].Key)
		}
		views = append(views, viewElementDetail(el))
	}
	return answerPage(c, views, "")
}

// showElement answers GET /elements/{keyOrId}.
func (s *Server) showElement(c *fiber.Ctx) error {
	el, err := s.elementOf(c)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, viewElementDetail(el))
}
