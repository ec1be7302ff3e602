package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Headers of the platform.
const (
	headerRequestID = "Elements-Request-Id"
	headerCount     = "Elements-Returned-Count"
	headerNextPage  = "Elements-Next-Page-Token"
)

// headerIdempotency is the header of the IETF's draft of that name.
const headerIdempotency = "Idempotency-Key"

// localWork is the name, in a request's locals, of the context that all work of the server ends with.
type localWork struct{}

// observe surrounds every request: it gives it an id and a deadline, answers its error and notes it in the log.
func (s *Server) observe(work context.Context) fiber.Handler {
	return func(c *fiber.Ctx) error {
		began := time.Now()
		id := requestID(c)
		ctx, cancel := context.WithTimeout(work, workTime)
		defer cancel()
		c.SetUserContext(ctx)
		c.Locals(localWork{}, work)
		err := framing(c)
		if err == nil {
			err = next(c)
		}
		if err != nil {
			s.refuse(c, err)
		}
		s.log.Debug("request", "request", id, "method", c.Method(), "path", c.Path(), "status", c.Response().StatusCode(),
			"duration", time.Since(began))
		return nil
	}
}

// framing refuses a request whose end is told in two ways (RFC 9112, section 6.3): a proxy before us may have chosen the other, and what we
// take for the next request is then part of this one. The connection is closed.
func framing(c *fiber.Ctx) error {
	raw := bytes.ToLower(c.Request().Header.RawHeaders())
	lengths := bytes.Count(raw, []byte("\ncontent-length:"))
	if bytes.HasPrefix(raw, []byte("content-length:")) {
		lengths++
	}
	if lengths > 1 || lengths == 1 && bytes.Contains(raw, []byte("transfer-encoding:")) {
		c.Context().SetConnectionClose()
		return fiber.NewError(fiber.StatusBadRequest)
	}
	return nil
}

// next runs the handlers and turns a panic into an error.
func next(c *fiber.Ctx) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	return c.Next()
}

// requestID is the id of the request: 24 hexadecimal digits, as the platform's. The first call makes it and sets the headers that every
// answer has.
func requestID(c *fiber.Ctx) string {
	if id, ok := c.Locals(headerRequestID).(string); ok {
		return id
	}
	id := newRequestID()
	c.Locals(headerRequestID, id)
	c.Set(headerRequestID, id)
	c.Set(fiber.HeaderXContentTypeOptions, "nosniff")
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer")
	c.Set(fiber.HeaderCacheControl, "no-store") // answers hold tokens
	return id
}

func newRequestID() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails
	return hex.EncodeToString(random[:])
}
