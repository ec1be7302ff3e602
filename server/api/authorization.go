package api

import (
	"context"
	"errors"
	"log/slog"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// credentials are the secrets of an Authorization header. They never print.
type credentials struct{ user, organization, element string }

const hidden = "********"

// String, GoString and LogValue keep secrets out of logs and messages.
func (credentials) String() string       { return hidden }
func (credentials) GoString() string     { return hidden }
func (credentials) LogValue() slog.Value { return slog.StringValue(hidden) }

// wantedHeader shows what the header should look like.
const wantedHeader = "it should read: User <user secret>, Organization <organization secret>"

// parseAuthorization reads "User <secret>, Organization <secret>, Element <token>": pairs in any order, scheme words in any case, joined by
// commas or by spaces only (integrators do both). The error is an unauthorizedError; it never repeats the header.
func parseAuthorization(header string) (found credentials, err error) {
	for part := range strings.SplitSeq(header, ",") {
		for words := strings.Fields(part); len(words) > 0; words = words[2:] {
			name, field := found.scheme(words[0])
			switch {
			case field == nil:
				return credentials{}, unauthorizedError{"the Authorization header has a part that is not a User, Organization or Element secret; " + wantedHeader}
			case len(words) == 1:
				return credentials{}, unauthorizedError{"the Authorization header has no secret after " + name + "; " + wantedHeader}
			case *field != "":
				return credentials{}, unauthorizedError{"the Authorization header names " + name + " twice; " + wantedHeader}
			}
			*field = words[1]
		}
	}
	if found == (credentials{}) {
		return found, unauthorizedError{"the Authorization header is missing; " + wantedHeader}
	}
	return found, nil
}

// scheme tells which secret follows a scheme word; nil if it is none.
func (c *credentials) scheme(word string) (name string, field *string) {
	switch strings.ToLower(word) {
	case "user":
		return "User", &c.user
	case "organization":
		return "Organization", &c.organization
	case "element":
		return "Element", &c.element
	}
	return "", nil
}

// owner returns the two secrets that say whose instances these are.
func (c credentials) owner() (engine.Secrets, error) {
	switch {
	case c.user == "" && c.organization == "":
		return engine.Secrets{}, unauthorizedError{"the Authorization header lacks the user and the organization secret; " + wantedHeader}
	case c.user == "":
		return engine.Secrets{}, unauthorizedError{"the Authorization header lacks the user secret; " + wantedHeader}
	case c.organization == "":
		return engine.Secrets{}, unauthorizedError{"the Authorization header lacks the organization secret; " + wantedHeader}
	}
	return engine.Secrets{Organization: c.organization, User: c.user}, nil
}

// authenticate tells who a header's secrets are of. The platform's hub requests have a user's secret and an Element token, which tell the
// organization between them; any request may.
func (s *Server) authenticate(ctx context.Context, found credentials) (engine.Caller, error) {
	if found.user != "" && found.organization == "" && found.element != "" {
		caller, err := s.engine.AuthenticateByToken(ctx, found.user, found.element)
		if errors.Is(err, engine.ErrUnauthorized) {
			err = wrongSecretError{"the user secret or the Element token is not valid; " + wantedHeader}
		}
		return caller, err
	}
	secrets, err := found.owner()
	if err != nil {
		return engine.Caller{}, err
	}
	return s.engine.Authenticate(ctx, secrets)
}

// owned lets only known callers through to a handler.
func (s *Server) owned(handle handler) fiber.Handler {
	return func(c *fiber.Ctx) error {
		from := s.clientAddress(c)
		if err := s.logins.admit(from); err != nil {
			return err
		}
		found, err := parseAuthorization(c.Get(fiber.HeaderAuthorization))
		if err != nil {
			return err
		}
		caller, err := s.authenticate(c.UserContext(), found)
		if err != nil {
			return s.failedLogin(c, from, err)
		}
		if err := s.logins.admit(from); err != nil { // blocked meanwhile: of many guesses at a time the right one does not stand out
			return err
		}
		caller.From, caller.Request = from.String(), requestID(c)
		return s.failedLogin(c, from, handle(c, caller)) // an Element token may be wrong
	}
}
