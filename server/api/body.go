package api

import (
	"bytes"
	"encoding/json"
	"mime"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// readBody returns a copy of a body that says it is JSON, or a mediaError. Two forms besides application/json are let through: none, and
// application/x-www-form-urlencoded, which is what `curl -d` sends when nobody tells it otherwise; if such a body is no JSON, the parser
// says where. A browser cannot be led to send either here, since no request is heard without an Authorization header.
func readBody(c *fiber.Ctx) ([]byte, error) {
	if encoding := c.Get(fiber.HeaderContentEncoding); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return nil, mediaError{"the body is compressed; send it without Content-Encoding"}
	}
	if err := checkContentType(c.Get(fiber.HeaderContentType)); err != nil {
		return nil, err
	}
	return c.BodyRaw(), nil // a copy, because of Immutable; and not Body, which would inflate it beyond the limit
}

// readOptional reads a body of one field into a struct, if there is a body. want says what the field should be.
func readOptional(c *fiber.Ctx, into any, field, want string) error {
	body, err := readBody(c)
	if err != nil || len(bytes.TrimSpace(body)) == 0 {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return badParameter(field, "%s", want)
	}
	return nil
}

func checkContentType(header string) error {
	if header == "" {
		return nil
	}
	const want = "; send Content-Type: application/json"
	kind, parameters, err := mime.ParseMediaType(header)
	if err != nil {
		return mediaError{"the Content-Type header cannot be read" + want}
	}
	switch {
	case kind == "application/json", kind == "text/json", strings.HasSuffix(kind, "+json"), kind == "application/x-www-form-urlencoded":
	default:
		return mediaError{"the body is " + clip(kind) + ", which is not read here" + want}
	}
	switch charset := strings.ToLower(parameters["charset"]); charset {
	case "", "utf-8", "utf8", "us-ascii":
		return nil
	}
	return mediaError{"the body should be UTF-8 text" + want}
}
