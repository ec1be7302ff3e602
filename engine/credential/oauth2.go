package credential

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/sdk"
)

// Exchange trades an authorization code for tokens (RFC 6749 section 4.1.3), with the client of credential.Values at the token endpoint of
// credential.Base. verifier is that of the request that asked for the code (RFC 7636 section 4.5); "" = it had none. Codes work once: store the
// tokens, in the commit that stores the credential. Error: *TokenError or ErrMissingValue.
func (c *Credentials) Exchange(ctx context.Context, auth sdk.OAuth2, credential Credential, code, verifier Secret) (*Tokens, error) {
	client, err := newTokenClient(auth, credential)
	if err != nil {
		return nil, err
	}
	sent := c.config.Now()
	var options []oauth2.AuthCodeOption
	if verifier != "" {
		options = append(options, oauth2.VerifierOption(verifier.Reveal()))
	}
	token, err := client.config.Exchange(c.withClient(ctx), code.Reveal(), options...)
	if err != nil {
		client.secrets = append(client.secrets, code, verifier)
		return nil, client.fault(err)
	}
	return client.tokens(token, sent), nil
}

// Redeem trades a refresh token that somebody else was given, for an instance that is made with it. Store the tokens: it may have worked once.
// Error: *TokenError or ErrMissingValue.
func (c *Credentials) Redeem(ctx context.Context, auth sdk.OAuth2, credential Credential, refresh Secret) (*Tokens, error) {
	credential.Tokens = &Tokens{Refresh: refresh}
	return c.refresh(ctx, auth, Stored{Credential: credential, Ref: Ref{ID: "new"}})
}

// refresh trades a refresh token for new tokens (RFC 6749 section 6).
func (c *Credentials) refresh(ctx context.Context, auth sdk.OAuth2, s Stored) (*Tokens, error) {
	client, err := newTokenClient(auth, s.Credential)
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", s.Ref.ID, err)
	}
	sent := c.config.Now()
	token, err := client.config.TokenSource(c.withClient(ctx), &oauth2.Token{RefreshToken: s.Tokens.Refresh.Reveal()}).Token()
	if err != nil {
		return nil, fmt.Errorf("credential %s: %w", s.Ref.ID, client.fault(err))
	}
	return client.tokens(token, sent), nil
}

func (c *Credentials) withClient(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, c.tokens)
}

// tokenClient is one client at one token endpoint.
type tokenClient struct {
	config  oauth2.Config
	life    time.Duration // of an access token whose answer names none
	secrets []Secret      // never in an error
}

func newTokenClient(auth sdk.OAuth2, c Credential) (*tokenClient, error) {
	endpoint, err := tokenURL(auth.TokenURL, c.Base)
	if err != nil {
		return nil, err
	}
	style := oauth2.AuthStyleInParams // always set: guessing costs a request, and sends a single-use token twice
	switch auth.AuthStyle {
	case "", "params":
	case "header":
		style = oauth2.AuthStyleInHeader
	default:
		return nil, fmt.Errorf("oauth2 auth style %q is not known: params or header is", auth.AuthStyle)
	}
	t := &tokenClient{life: time.Duration(auth.AccessTokenLife) * time.Second}
	t.config.Endpoint = oauth2.Endpoint{TokenURL: endpoint, AuthStyle: style}
	for _, field := range []struct {
		template string
		to       *string
	}{{auth.ClientID, &t.config.ClientID}, {auth.ClientSecret, &t.config.ClientSecret}, {auth.RedirectURL, &t.config.RedirectURL}} {
		value, err := fill(field.template, c.Values)
		if err != nil {
			return nil, err
		}
		*field.to = value.Reveal()
	}
	t.secrets = []Secret{Secret(t.config.ClientSecret)}
	if c.Tokens != nil {
		t.secrets = append(t.secrets, c.Tokens.Access, c.Tokens.Refresh)
	}
	return t, nil
}

// tokenURL resolves a token URL that begins with "/" against scheme and host of the base URL.
func tokenURL(raw, base string) (string, error) {
	if !strings.HasPrefix(raw, "/") {
		if u, err := url.Parse(raw); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
			return "", errors.New("oauth2 token URL: an absolute http or https URL, or a path that begins with /, is expected")
		}
		return raw, nil
	}
	u, err := url.Parse(base)
	if err != nil || egress.CheckBase(base) != nil {
		return "", errors.New("oauth2 token URL: the base URL it is relative to is not an absolute http or https URL")
	}
	if strings.HasPrefix(raw, "//") {
		return "", errors.New("oauth2 token URL: // names a host without a scheme, an https URL is expected")
	}
	return u.Scheme + "://" + u.Host + raw, nil
}

// tokens reads an answer. What it leaves out stays: x/oauth2 fills in the refresh token that was sent, and the manifest has the life of an
// access token.
func (t *tokenClient) tokens(token *oauth2.Token, sent time.Time) *Tokens {
	out := &Tokens{Access: Secret(token.AccessToken), Refresh: Secret(token.RefreshToken), Obtained: sent}
	life := time.Duration(token.ExpiresIn) * time.Second
	if life <= 0 {
		life = t.life
	}
	if life > 0 {
		out.Expiry = sent.Add(life)
	}
	return out
}

// fault sorts what went wrong by what can be done about it.
func (t *tokenClient) fault(err error) error {
	e := &TokenError{Kind: ErrTransient, URL: withoutQuery(t.config.Endpoint.TokenURL)}
	var (
		answered *oauth2.RetrieveError
		network  *egress.Error
	)
	switch {
	case errors.As(err, &answered):
		e.Status, e.Code = answered.Response.StatusCode, printable(t.scrub(answered.ErrorCode), 64)
		e.Words = printable(t.scrub(answered.ErrorDescription), 300)
		e.RetryAfter = retryAfter(answered.Response.Header.Get("Retry-After"))
		e.Kind = kind(e.Status, answered.ErrorCode)
	case errors.As(err, &network):
		e.cause = network
		if network.Kind == egress.ErrRefused || network.Kind == egress.ErrInvalid {
			e.Kind = ErrRejected
		}
	case errors.Is(err, context.Canceled):
		e.cause = context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		e.cause = context.DeadlineExceeded
	default:
		e.cause = errors.New("the answer is not a token") // the text of err may repeat the answer
	}
	return e
}

// kind sorts an error answer (RFC 6749 section 5.2). Act-On answers invalid_grant with 403 instead of 400, and a wrong client with 401
// access_denied, so the code counts before the status.
func kind(status int, code string) error {
	switch code {
	case "invalid_grant":
		return ErrReauthenticate
	case "invalid_client", "unauthorized_client", "access_denied", "invalid_request", "invalid_scope", "unsupported_grant_type":
		return ErrRejected
	case "temporarily_unavailable", "server_error", "slow_down":
		return ErrTransient
	}
	if status >= 300 && status < 500 && status != http.StatusTooManyRequests && status != http.StatusRequestTimeout && status != http.StatusTooEarly {
		return ErrRejected
	}
	return ErrTransient
}

// scrub takes out of the provider's words what was sent to it.
func (t *tokenClient) scrub(words string) string {
	for _, secret := range t.secrets {
		if text := secret.Reveal(); text != "" {
			words = strings.ReplaceAll(words, text, mask)
			words = strings.ReplaceAll(words, url.QueryEscape(text), mask)
		}
	}
	return words
}

// printable cuts a text and replaces its control characters.
func printable(s string, limit int) string {
	s = strings.ToValidUTF8(s[:min(len(s), limit)], "")
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// retryAfter reads seconds only: a date would need the provider's clock.
func retryAfter(value string) time.Duration {
	seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

func withoutQuery(raw string) string {
	before, _, _ := strings.Cut(raw, "?")
	return before
}
