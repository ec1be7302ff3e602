package credential

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/sdk"
)

var _ egress.Authorizer = (*Authorized)(nil)

// Authorized puts one credential, as it was at one moment, into requests. It is an egress.Authorizer.
type Authorized struct {
	generation uint64
	header     map[string]Secret
}

// Generation is that of the credential used: what Refresh wants to know after an auth fault.
func (a *Authorized) Generation() uint64 { return a.generation }

// Secret is the token, or the pair of user and password, of the Authorization header. Other headers may hold what is no secret, such as a user's
// name: their secrets are among the credential's values.
func (a *Authorized) Secret() Secret {
	scheme, rest, _ := strings.Cut(a.header["Authorization"].Reveal(), " ")
	if scheme != "Bearer" && scheme != "Basic" {
		return ""
	}
	return Secret(rest)
}

// Authorize sets the headers.
func (a *Authorized) Authorize(_ context.Context, req *http.Request) error {
	for name, value := range a.header {
		req.Header.Set(name, value.Reveal())
	}
	return nil
}

// Format implements fmt.Formatter.
func (a *Authorized) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "credential.Authorized(generation %d)", a.generation)
}

// Authorizer gives what a request to the provider needs now. With OAuth2 the access token is refreshed first if it has expired or soon will.
// Errors: ErrNotFound, ErrMissingValue, ErrReauthenticate, ErrRejected, ErrTransient, ErrUnstored, or the store's.
func (c *Credentials) Authorizer(ctx context.Context, ref Ref, auth sdk.Auth) (*Authorized, error) {
	if auth.Type == sdk.AuthNone {
		return &Authorized{}, nil
	}
	stored, err := c.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	if auth.Type == sdk.AuthOAuth2 {
		if stored, err = c.current(ctx, stored, auth); err != nil {
			return nil, err
		}
	}
	return authorized(stored, auth)
}

// Refresh answers an auth fault of a request that used the given generation. If the stored one is newer by now, nothing is sent; otherwise
// the tokens are refreshed, once for all who ask. Credentials without tokens cannot be refreshed: ErrReauthenticate. Errors as Authorizer.
func (c *Credentials) Refresh(ctx context.Context, ref Ref, auth sdk.Auth, failed uint64) (*Authorized, error) {
	stored, err := c.Load(ctx, ref)
	if err != nil {
		return nil, err
	}
	switch {
	case auth.Type == sdk.AuthOAuth2:
		stored, err = c.renewed(ctx, stored, auth, failed)
	case stored.Generation <= failed:
		err = fmt.Errorf("credential %s: the provider refuses it and it has no token that could be refreshed: %w", ref.ID, ErrReauthenticate)
	}
	if err != nil {
		return nil, err
	}
	return authorized(stored, auth)
}

func authorized(s Stored, auth sdk.Auth) (*Authorized, error) {
	header, err := headers(s, auth)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", s.Ref.ID, err)
	}
	for name, value := range header {
		if strings.ContainsFunc(value.Reveal(), func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }) {
			return nil, fmt.Errorf("credential %s: %w: header %q would hold a line break or another control character", s.Ref.ID, ErrMissingValue, name)
		}
	}
	return &Authorized{generation: s.Generation, header: header}, nil
}

func headers(s Stored, auth sdk.Auth) (map[string]Secret, error) {
	switch auth.Type {
	case sdk.AuthNone:
		return nil, nil
	case sdk.AuthHeaders:
		out := make(map[string]Secret, len(auth.Headers))
		for name, template := range auth.Headers {
			value, err := fill(template, s.Values)
			if err != nil {
				return nil, err
			}
			out[name] = value
		}
		return out, nil
	case sdk.AuthBasic:
		return basic(s, auth)
	case sdk.AuthOAuth2:
		if s.Tokens == nil {
			return nil, fmt.Errorf("there are no tokens yet: %w", ErrReauthenticate)
		}
		return map[string]Secret{"Authorization": "Bearer " + s.Tokens.Access}, nil // RFC 6750; whatever case token_type came in
	default:
		return nil, fmt.Errorf("auth type %q is not known: none, headers, basic or oauth2 is", auth.Type)
	}
}

// basic makes RFC 7617's header.
func basic(s Stored, auth sdk.Auth) (map[string]Secret, error) {
	user, err := fill(auth.Username, s.Values)
	if err != nil {
		return nil, err
	}
	password, err := fill(auth.Password, s.Values)
	if err != nil {
		return nil, err
	}
	if strings.Contains(user.Reveal(), ":") {
		return nil, errors.New("the user name holds a colon, which basic authentication cannot carry")
	}
	pair := base64.StdEncoding.EncodeToString([]byte(user.Reveal() + ":" + password.Reveal()))
	return map[string]Secret{"Authorization": Secret("Basic " + pair)}, nil
}
