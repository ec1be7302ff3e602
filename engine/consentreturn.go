package engine

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"unicode"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
)

// ConsentReturn is what the provider hands back through the user's browser.
type ConsentReturn struct {
	State, Code        string
	Error, Description string // of a user that did not consent, or of the provider
	From, Request      string // for the audit log
}

// ConsentResult is what came of it: an instance that was made or authorized again, or, if the request named none, a code to make one with.
type ConsentResult struct {
	Element    string
	InstanceID int64 // 0 = none: use Code and State
	Made       bool
	Code       credential.Secret
	State      credential.Secret
	Location   string // where the browser is to go; "" = nowhere
}

// DeniedError is a user that did not consent, or a provider that could not ask.
type DeniedError struct{ Element, Code, Description string }

func (e *DeniedError) Error() string {
	text := e.Element + " gave no authorization: " + e.Code
	if e.Description != "" {
		text += " (" + e.Description + ")"
	}
	return text
}

// Consented takes a user's return from the provider. No credentials come with it: a state that was made for one request, and is taken once,
// tells whose it is. With an error, Location may still be set. Errors: *instance.InvalidError, *ProviderError, *DeniedError.
func (e *Engine) Consented(ctx context.Context, r ConsentReturn) (ConsentResult, error) {
	c, err := e.returned(ctx, r.State)
	if err != nil {
		return ConsentResult{}, consentFault("state", err)
	}
	el, err := e.Element(c.Element)
	if err != nil {
		return ConsentResult{}, invalid("state", "belongs to the element %s, which is no longer there", c.Element)
	}
	result := ConsentResult{Element: el.Key}
	if r.Error != "" || r.Code == "" {
		err = denied(el, r)
	} else {
		err = e.useReturn(ctx, c, el, r, &result)
	}
	result.Location = c.location(result, err)
	return result, err
}

// returned finds the consent of a state and notes that its user is back.
func (e *Engine) returned(ctx context.Context, state string) (consent, error) {
	if state == "" || len(state) > maxConsentText {
		return consent{}, errNoConsent
	}
	c, err := e.changeConsent(ctx, consentKey(state), func(c *consent) error {
		if c.Returned || c.Used {
			return errConsentUsed
		}
		c.Returned = true
		return nil
	})
	if err != nil {
		return c, err
	}
	records, err := e.store.Get(ctx, ownerKey("user", c.User))
	if err == nil && records[0].Version == 0 { // removed since
		err = errNoConsent
	}
	return c, err
}

func denied(el Element, r ConsentReturn) error {
	if r.Error == "" {
		return invalid("code", "is missing: %s sent neither a code nor an error", el.Name)
	}
	return &DeniedError{el.Name, plainText(r.Error, 64), plainText(r.Description, 300)}
}

// useReturn makes the instance, or authorizes it again.
func (e *Engine) useReturn(ctx context.Context, c consent, el Element, r ConsentReturn, result *ConsentResult) error {
	caller := Caller{Organization: c.Organization, User: c.User, From: r.From, Request: r.Request}
	switch {
	case c.InstanceID != 0:
		result.InstanceID = c.InstanceID
		err := e.Reauthorize(ctx, caller, c.InstanceID, r.Code, r.State)
		if errors.Is(err, ErrNotFound) {
			return invalid("instanceId", "the instance %d was deleted meanwhile", c.InstanceID)
		}
		return err
	case c.Instance != nil:
		body, err := withGrant(c.Instance, el.Key, r.Code, r.State)
		if err != nil {
			return err
		}
		in, err := e.CreateInstance(ctx, caller, body)
		if err == nil {
			result.InstanceID, result.Made = in.ID, true
		}
		return err
	}
	result.Code, result.State = credential.Secret(r.Code), credential.Secret(r.State)
	return nil
}

// location is where the browser goes: the address given with the request, with what came of it and no secret.
func (c consent) location(result ConsentResult, err error) string {
	if c.ReturnURL == "" {
		return ""
	}
	u, parseErr := url.Parse(c.ReturnURL)
	if parseErr != nil {
		return ""
	}
	q := u.Query()
	var (
		no       *DeniedError
		provider *ProviderError
		bad      *instance.InvalidError
	)
	switch {
	case err == nil:
		q.Set("instanceId", strconv.FormatInt(result.InstanceID, 10))
	case errors.As(err, &no):
		q.Set("error", no.Code)
		q.Set("error_description", no.Description)
	case errors.As(err, &provider):
		q.Set("error", "not_authorized")
		q.Set("error_description", plainText(provider.Error(), 300))
	case errors.As(err, &bad):
		q.Set("error", "invalid_request")
		q.Set("error_description", plainText(bad.Error(), 300))
	default:
		q.Set("error", "server_error")
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// plainText bounds a text from outside and leaves no control characters in it.
func plainText(text string, most int) string {
	out := make([]rune, 0, min(len(text), most))
	for _, r := range text {
		if len(out) == most {
			break
		}
		if unicode.IsControl(r) {
			r = ' '
		}
		out = append(out, r)
	}
	return string(out)
}
