package api

import (
	_ "embed"

	"github.com/gofiber/fiber/v2"
)

//go:embed openapi.yaml
var description []byte

// Description gives the API as OpenAPI 3.1, in YAML. The caller must not change it.
func Description() []byte { return description }

// openapi answers GET /openapi.yaml.
func (s *Server) openapi(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/yaml")
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(description)
}
