package api

import "github.com/gofiber/fiber/v2"

// health says that the process answers; it never looks further, so that a slow disk does not get the process killed.
func (s *Server) health(c *fiber.Ctx) error {
	return answer(c, fiber.StatusOK, map[string]string{"status": "ok", "version": s.version})
}

// readiness says whether the engine polls and delivers.
func (s *Server) readiness(c *fiber.Ctx) error {
	if err := s.engine.Ready(); err != nil {
		return notReadyError{err}
	}
	return answer(c, fiber.StatusOK, map[string]string{"status": "ready"})
}
