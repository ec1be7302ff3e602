package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// keysCalls: what seals the data folder.
type keysCalls interface {
	Keys(ctx context.Context, caller engine.Caller) (engine.Keys, error)
	RotateKeys(ctx context.Context, caller engine.Caller, r engine.KeyRotation) (engine.Keys, error)
}

func (s *Server) keyRoutes(r fiber.Router) {
	r.Get("/keys", s.owned(s.showKeys))
	r.Post("/keys/rotate", s.owned(s.rotateKeys))
}

// showKeys answers GET /keys: where the master key comes from, and the ids of the data keys.
func (s *Server) showKeys(c *fiber.Ctx, caller engine.Caller) error {
	keys, err := s.engine.Keys(c.UserContext(), caller)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, keys)
}

// rotateKeys answers POST /keys/rotate: the master key is another one now, and the keys as showKeys has them. No body is an empty one.
func (s *Server) rotateKeys(c *fiber.Ctx, caller engine.Caller) error {
	var wanted struct {
		MasterKey string `json:"masterKey"`
		DataKey   bool   `json:"dataKey"`
	}
	if len(c.Request().Body()) > 0 {
		if err := readObject(c, &wanted); err != nil {
			return err
		}
	}
	keys, err := s.engine.RotateKeys(c.UserContext(), caller, engine.KeyRotation{MasterKey: engine.Secret(wanted.MasterKey), DataKey: wanted.DataKey})
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, keys)
}
