package command

import (
	"log/slog"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/server/api"
	"github.com/pollwright/pollwright/server/console"
)

// consoleFor makes the console that the API serves beside itself.
func consoleFor(e *engine.Engine, log *slog.Logger) (func(fiber.Router, api.Door), error) {
	c, err := console.New(console.Config{Engine: e, Logger: log, Version: version()})
	if err != nil {
		return nil, err
	}
	return func(r fiber.Router, door api.Door) { c.Mount(r, door) }, nil
}
