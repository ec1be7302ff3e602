package api

import (
	"context"
	"strconv"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// usersCalls: who may use an organization's instances.
type usersCalls interface {
	CreateUser(ctx context.Context, caller engine.Caller, draft engine.UserDraft) (engine.User, error)
	Users(ctx context.Context, caller engine.Caller, organization int64, cursor string, n int) (list []engine.User, next string, err error)
	User(ctx context.Context, caller engine.Caller, id int64) (engine.User, error)
	ChangeUser(ctx context.Context, caller engine.Caller, id int64, change engine.UserChange) (engine.User, error)
	RotateUserSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.RotatedSecret, error)
	RemoveUser(ctx context.Context, caller engine.Caller, id int64) error
}

func (s *Server) userRoutes(r fiber.Router) {
	r.Post("/users", s.owned(s.createUser))
	r.Get("/users", s.owned(s.listUsers))
	r.Get("/users/:id", s.owned(s.showUser))
	r.Patch("/users/:id", s.owned(s.changeUser))
	r.Delete("/users/:id", s.owned(s.removeUser))
	r.Post("/users/:id/secret/rotate", s.owned(s.rotateUserSecret))
}

// createUser answers POST /users: the user with its secret, which is not shown again.
func (s *Server) createUser(c *fiber.Ctx, caller engine.Caller) error {
	var draft engine.UserDraft
	if err := readObject(c, &draft); err != nil {
		return err
	}
	made, err := s.engine.CreateUser(c.UserContext(), caller, draft)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, made)
}

// listUsers answers GET /users: those the caller can see, or of them those of one organization.
func (s *Server) listUsers(c *fiber.Ctx, caller engine.Caller) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	var organization int64
	if text := c.Query("organizationId"); text != "" {
		if organization, err = strconv.ParseInt(text, 10, 64); err != nil || organization < 1 {
			return badParameter("organizationId", "should be the number of an organization, is %q", clip(text))
		}
	}
	list, next, err := s.engine.Users(c.UserContext(), caller, organization, p.token, p.size)
	if err != nil {
		return err
	}
	return answerPage(c, list, next)
}

func (s *Server) showUser(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "user")
	if err != nil {
		return err
	}
	u, err := s.engine.User(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "user", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, u)
}

// changeUser answers PATCH /users/{id}: another name or role.
func (s *Server) changeUser(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "user")
	if err != nil {
		return err
	}
	var change engine.UserChange
	if err := readObject(c, &change); err != nil {
		return err
	}
	u, err := s.engine.ChangeUser(c.UserContext(), caller, id, change)
	if err != nil {
		return named(err, "user", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, u)
}

func (s *Server) removeUser(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "user")
	if err != nil {
		return err
	}
	if err := s.engine.RemoveUser(c.UserContext(), caller, id); err != nil {
		return named(err, "user", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, struct{}{})
}

// rotateUserSecret answers POST /users/{id}/secret/rotate: the new secret, which is not shown again.
func (s *Server) rotateUserSecret(c *fiber.Ctx, caller engine.Caller) error {
	return s.rotateOwner(c, caller, "user", s.engine.RotateUserSecret)
}
