package api

import "github.com/gofiber/fiber/v2"

// health says that the process answers; it never looks further, so that a slow disk does not get the process killed.
func (s *Server) health(c *fiber.Ctx) error {
	return answer(c, fiber.StatusOK, map[string]string{"status": "ok", "version": s.version})
}

// readiness says whether the engine works. One that waits for room on the disk does: it answers and delivers; why it does not poll is said.
func (s *Server) readiness(c *fiber.Ctx) error {
	if err := s.engine.Ready(); err != nil {
		return notReadyError{err}
	}
	state := map[string]string{"status": "ready"}
	if why := s.engine.Halted(); why != "" {
		state["polling"] = "halted: " + why
	}
	return answer(c, fiber.StatusOK, state)
}
