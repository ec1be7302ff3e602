package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// oauthCalls: users' consent at providers.
type oauthCalls interface {
	OAuthURL(ctx context.Context, caller engine.Caller, keyOrID string, r engine.ConsentRequest) (engine.ConsentAddress, error)
	Consented(ctx context.Context, r engine.ConsentReturn) (engine.ConsentResult, error)
}

func (s *Server) oauthRoutes(r fiber.Router) {
	r.Get("/elements/:keyOrId/oauth/url", s.owned(s.oauthURL))
	r.Post("/elements/:keyOrId/oauth/url", s.owned(s.oauthURLOfBody))
	r.Get("/oauth/callback", s.oauthCallback) // without credentials: a browser comes from the provider, and shows a state
}

// oauthURL answers GET /elements/{keyOrId}/oauth/url.
func (s *Server) oauthURL(c *fiber.Ctx, caller engine.Caller) error {
	return s.answerOAuthURL(c, caller, engine.ConsentRequest{
		APIKey: c.Query("apiKey"), APISecret: c.Query("apiSecret"), CallbackURL: c.Query("callbackUrl"), Scope: c.Query("scope"),
		SiteAddress: c.Query("siteAddress"), State: c.Query("state"), BaseURL: c.Query("base.url"),
	})
}

// oauthURLOfBody answers POST /elements/{keyOrId}/oauth/url, which may say what is to be done when the user comes back.
func (s *Server) oauthURLOfBody(c *fiber.Ctx, caller engine.Caller) error {
	body, err := readBody(c)
	if err != nil {
		return err
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil {
		return badParameter("$", `should be a JSON object, like {"apiKey": "...", "callbackUrl": "https://example.com/oauth"}`)
	}
	r, err := readConsent(fields)
	if err != nil {
		return err
	}
	return s.answerOAuthURL(c, caller, r, unknownFields(fields, consentFields)...)
}

// consentFields are those of a request for consent.
var consentFields = []string{"apiKey", "apiSecret", "callbackUrl", "scope", "siteAddress", "state", "base.url", "returnUrl", "instance", "instanceId"}

// unknownFields warns of what is not read.
func unknownFields(fields map[string]json.RawMessage, known []string) (warnings []instance.Problem) {
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(known, name) {
			warnings = append(warnings, instance.Problem{Path: clip(name), Message: "is not a known key and is ignored; known are " + strings.Join(known, ", ")})
		}
	}
	return warnings
}

// readConsent reports every field of a wrong type.
func readConsent(fields map[string]json.RawMessage) (r engine.ConsentRequest, err error) {
	var problems []instance.Problem
	for name, into := range map[string]any{
		"apiKey": &r.APIKey, "apiSecret": &r.APISecret, "callbackUrl": &r.CallbackURL, "scope": &r.Scope, "siteAddress": &r.SiteAddress,
		"state": &r.State, "base.url": &r.BaseURL, "returnUrl": &r.ReturnURL, "instance": &r.Instance, "instanceId": &r.InstanceID,
	} {
		if raw := fields[name]; len(raw) > 0 && json.Unmarshal(raw, into) != nil {
			want := "should be a text"
			if name == "instanceId" {
				want = "should be the id of an instance, a whole number"
			}
			problems = append(problems, instance.Problem{Path: name, Message: want})
		}
	}
	if len(problems) == 0 {
		return r, nil
	}
	slices.SortFunc(problems, func(a, b instance.Problem) int { return strings.Compare(a.Path, b.Path) })
	return r, &instance.InvalidError{Problems: problems}
}

func (s *Server) answerOAuthURL(c *fiber.Ctx, caller engine.Caller, r engine.ConsentRequest, warnings ...instance.Problem) error {
	id := c.Params("keyOrId")
	address, err := s.engine.OAuthURL(c.UserContext(), caller, id, r)
	if err != nil {
		return named(err, "element", id)
	}
	return answer(c, fiber.StatusOK, addressBody{address, warnings})
}

// addressBody is where to send a user for consent.
type addressBody struct {
	engine.ConsentAddress
	Warnings []instance.Problem `json:"warnings,omitempty"`
}

// consentBody tells a program what came of a user's consent.
type consentBody struct {
	Element    string `json:"element"`
	InstanceID int64  `json:"instanceId,omitempty"` // made, or authorized again
	Created    bool   `json:"created"`
	Code       string `json:"code,omitempty"` // without an instance: for the providerData of POST /instances, with state
	State      string `json:"state,omitempty"`
}

// oauthCallback answers GET /oauth/callback: a page to a browser, JSON to what asks for it.
func (s *Server) oauthCallback(c *fiber.Ctx) error {
	result, err := s.engine.Consented(c.UserContext(), engine.ConsentReturn{
		State: c.Query("state"), Code: c.Query("code"), Error: c.Query("error"), Description: c.Query("error_description"),
		From: s.clientAddress(c).String(), Request: requestID(c),
	})
	if result.Location != "" {
		if err != nil {
			s.log.Info("consent without result", "request", requestID(c), "err", err)
		}
		return c.Redirect(result.Location, fiber.StatusFound)
	}
	if !strings.Contains(c.Get(fiber.HeaderAccept), fiber.MIMETextHTML) {
		if err != nil {
			return err
		}
		return answer(c, fiber.StatusOK, consentBody{result.Element, result.InstanceID, result.Made, result.Code.Reveal(), result.State.Reveal()})
	}
	if err != nil {
		return s.consentRefused(c, err)
	}
	return consentPage(c, fiber.StatusOK, doneView(result))
}
