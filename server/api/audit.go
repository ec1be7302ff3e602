package api

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// auditCalls: who changed what.
type auditCalls interface {
	Audit(ctx context.Context, caller engine.Caller, q engine.AuditQuery) (list []engine.AuditEntry, next string, err error)
}

func (s *Server) auditRoutes(r fiber.Router) {
	r.Get("/audit", s.owned(s.listAudit))
}

// listAudit answers GET /audit: the changes that were made in the caller's organization, newest first.
func (s *Server) listAudit(c *fiber.Ctx, caller engine.Caller) error {
	p, err := readPage(c)
	if err != nil {
		return err
	}
	q := engine.AuditQuery{
		Action: c.Query("action"), Subject: c.Query("subject"), User: c.Query("user"), From: c.Query("from"), To: c.Query("to"), Page: p.token, Size: p.size,
	}
	list, next, err := s.engine.Audit(c.UserContext(), caller, q)
	if err != nil {
		return err
	}
	return answerPage(c, list, next)
}
