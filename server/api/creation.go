package api

import (
	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// headerReplayed tells that an answer is of an earlier request with the same idempotency key.
const headerReplayed = "Idempotency-Replayed"

// maxIdempotencyKey is how long a key may be, in bytes.
const maxIdempotencyKey = 255

// createInstance answers POST /instances, and POST /elements/{keyOrId}/instances, whose path names the element.
func (s *Server) createInstance(c *fiber.Ctx, caller engine.Caller) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	key, err := idempotencyKey(c)
	if err != nil {
		return err
	}
	element := c.Params("keyOrId")
	in, err := s.engine.Create(c.UserContext(), caller, engine.Creation{Body: body, Element: element, IdempotencyKey: key})
	if err != nil {
		return named(err, "element", element)
	}
	if in.Replayed {
		c.Set(headerReplayed, "true")
	}
	return answer(c, fiber.StatusOK, viewInstance(in))
}

// idempotencyKey reads the header of the IETF's draft (draft-ietf-httpapi-idempotency-key-header). Its value there is a quoted string; most
// clients send it bare, so a pair of quotes is taken off and both are the same key.
func idempotencyKey(c *fiber.Ctx) (string, error) {
	key := c.Get(headerIdempotency)
	if key == "" {
		return "", nil
	}
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	if len(key) == 0 || len(key) > maxIdempotencyKey {
		return "", badParameter(headerIdempotency, "should have 1 to %d characters, has %d", maxIdempotencyKey, len(key))
	}
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return "", badParameter(headerIdempotency, "should be printable ASCII")
		}
	}
	return key, nil
}
