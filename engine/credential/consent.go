package credential

import (
	"fmt"
	"net/url"

	"golang.org/x/oauth2"

	"github.com/pollwright/pollwright/sdk"
)

// Consent is a request for a user's consent: what the provider's page is asked with.
type Consent struct {
	Base     string // what an authorize URL that begins with "/" is relative to
	ClientID string
	Redirect string // where the provider sends the user back to
	Scope    string // "" = the manifest's
	State    string
	Verifier Secret // of PKCE; "" = none
}

// NewVerifier makes a PKCE verifier of 256 random bits.
func NewVerifier() Secret { return Secret(oauth2.GenerateVerifier()) }

// URL is the provider's page that asks the user for consent (RFC 6749 section 4.1.1, RFC 7636 section 4.3).
//
// The address to come back to goes as redirect_uri only, which is the standard's name and the one in Act-On's documentation. A sample of the
// platform had callbackUrl in its place; sent besides, it would be one address under two names, and what a gateway makes of that nobody says.
func (c Consent) URL(auth sdk.OAuth2) (string, error) {
	page, err := tokenURL(auth.AuthorizeURL, c.Base)
	if err != nil {
		return "", fmt.Errorf("authorize URL: %w", err)
	}
	u, err := url.Parse(page)
	if err != nil {
		return "", fmt.Errorf("authorize URL: %w", err)
	}
	if c.Scope == "" {
		c.Scope = auth.Scope
	}
	q := u.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": c.ClientID, "redirect_uri": c.Redirect, "scope": c.Scope, "state": c.State,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if c.Verifier != "" {
		q.Set("code_challenge", oauth2.S256ChallengeFromVerifier(c.Verifier.Reveal()))
		q.Set("code_challenge_method", "S256")
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}
