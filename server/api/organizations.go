package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// organizationsCalls: who owns instances.
type organizationsCalls interface {
	CreateOrganization(ctx context.Context, caller engine.Caller, name string) (engine.Organization, error)
	Organizations(ctx context.Context, caller engine.Caller, cursor string, n int) (list []engine.Organization, next string, err error)
	Organization(ctx context.Context, caller engine.Caller, id int64) (engine.Organization, error)
	RenameOrganization(ctx context.Context, caller engine.Caller, id int64, name string) (engine.Organization, error)
	RotateOrganizationSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.RotatedSecret, error)
	RemoveOrganization(ctx context.Context, caller engine.Caller, id int64) error
}

func (s *Server) organizationRoutes(r fiber.Router) {
	r.Post("/organizations", s.owned(s.createOrganization))
	r.Get("/organizations", s.owned(s.listOrganizations))
	r.Get("/organizations/:id", s.owned(s.showOrganization))
	r.Patch("/organizations/:id", s.owned(s.renameOrganization))
	r.Delete("/organizations/:id", s.owned(s.removeOrganization))
	r.Post("/organizations/:id/secret/rotate", s.owned(s.rotateOrganizationSecret))
}

// organizationName is the body of POST and PATCH.
type organizationName struct {
	Name string `json:"name"`
}

// createOrganization answers POST /organizations: the organization with its secret, which is not shown again.
func (s *Server) createOrganization(c *fiber.Ctx, caller engine.Caller) error {
	var wanted organizationName
	if err := readObject(c, &wanted); err != nil {
		return err
	}
	made, err := s.engine.CreateOrganization(c.UserContext(), caller, wanted.Name)
	if err != nil {
		return err
	}
	return answer(c, fiber.StatusOK, made)
}

// listOrganizations answers GET /organizations: all to a server's admin, else the caller's own.
func (s *Server) listOrganizations(c *fiber.Ctx, caller engine.Caller) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	list, next, err := s.engine.Organizations(c.UserContext(), caller, p.token, p.size)
	if err != nil {
		return err
	}
	return answerPage(c, list, next)
}

func (s *Server) showOrganization(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "organization")
	if err != nil {
		return err
	}
	o, err := s.engine.Organization(c.UserContext(), caller, id)
	if err != nil {
		return named(err, "organization", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, o)
}

func (s *Server) renameOrganization(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "organization")
	if err != nil {
		return err
	}
	var wanted organizationName
	if err := readObject(c, &wanted); err != nil {
		return err
	}
	o, err := s.engine.RenameOrganization(c.UserContext(), caller, id, wanted.Name)
	if err != nil {
		return named(err, "organization", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, o)
}

func (s *Server) removeOrganization(c *fiber.Ctx, caller engine.Caller) error {
	id, err := idOf(c, "organization")
	if err != nil {
		return err
	}
	if err := s.engine.RemoveOrganization(c.UserContext(), caller, id); err != nil {
		return named(err, "organization", c.Params("id"))
	}
	return answer(c, fiber.StatusOK, struct{}{})
}

// rotateOrganizationSecret answers POST /organizations/{id}/secret/rotate: the new secret, which is not shown again.
func (s *Server) rotateOrganizationSecret(c *fiber.Ctx, caller engine.Caller) error {
	return s.rotateOwner(c, caller, "organization", s.engine.RotateOrganizationSecret)
}

// rotateOwner answers with the new secret of an organization or a user.
func (s *Server) rotateOwner(c *fiber.Ctx, caller engine.Caller, what string,
	rotate func(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.RotatedSecret, error)) error {
	id, err := idOf(c, what)
	if err != nil {
		return err
	}
	var wanted struct {
		Overlap string `json:"overlap"`
	}
	if err := readOptional(c, &wanted, "overlap", `should be a text like "1h", in {"overlap": "1h"}, or there should be no body`); err != nil {
		return err
	}
	made, err := rotate(c.UserContext(), caller, id, wanted.Overlap)
	if err != nil {
		return named(err, what, c.Params("id"))
	}
	return answer(c, fiber.StatusOK, made)
}

// idOf reads the id of the path. A text that is no number is the id of nothing.
func idOf(c *fiber.Ctx, what string) (int64, error) {
	id, err := strconv.ParseInt(c.Params("id"), 10, 64)
	if err != nil {
		return 0, missingError{what, c.Params("id")}
	}
	return id, nil
}

// readObject reads a small body strictly: what it does not know is refused, since it would be left undone.
func readObject(c *fiber.Ctx, into any) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	err = decoder.Decode(into)
	if err == nil && !errors.Is(decoder.Decode(&struct{}{}), io.EOF) {
		err = errors.New("something follows the object")
	}
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind) && kind.Field != "":
		return badParameter(kind.Field, "should be a %s, is a %s", plainKind(kind.Type.Kind().String()), kind.Value)
	}
	return badParameter("body", "should be a JSON object with known fields only: %s", clip(strings.TrimPrefix(err.Error(), "json: ")))
}

// plainKind is a Go kind in JSON's words.
func plainKind(kind string) string {
	switch {
	case kind == "string":
		return "text"
	case strings.HasPrefix(kind, "int"):
		return "whole number"
	}
	return kind
}
