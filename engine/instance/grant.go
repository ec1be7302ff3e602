package instance

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
)

// externalInitial is the platform's word for an instance that brings its tokens with it.
const externalInitial = "initial"

// credentialName is what a shared credential may be called: it stands in keys and paths.
var credentialName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// grant reads how an instance comes to its OAuth2 tokens: by an authorization code, by a refresh token that exists already, or by the name
// of a credential that has some. Whether there is such a credential the caller knows; without a code it must be there.
func (m *maker) grant(code, state string) {
	secrets, i := &m.made.Secrets, m.made.Instance
	i.Client = clientHash(m.element.Key, secrets.Values[KeyOAuthAPIKey])
	shared := m.credentialName()
	refresh := m.config(KeyRefreshToken)
	m.keep(KeyRefreshToken, refresh, true)
	switch initial := m.draft.external == externalInitial; {
	case initial && refresh == "":
		m.fault(inConfiguration(KeyRefreshToken), "is required with externalAuthentication %q: the refresh token that %s gave", externalInitial, m.element.Name)
	case initial:
		if secrets.Refresh = refresh; code != "" {
			m.warn("providerData.code", "is not used: with externalAuthentication %q the refresh token of %s counts", externalInitial, KeyRefreshToken)
		}
		return
	case refresh != "":
		m.warn(inConfiguration(KeyRefreshToken), "is used only with externalAuthentication %q", externalInitial)
	}
	if secrets.Code, secrets.State = code, state; code == "" && shared == "" && !m.draft.authorized && m.draft.external != externalInitial {
		m.fault("providerData.code", "is required: the authorization code that %s gave to your oauth.callback.url", m.element.Name)
	}
}

func (m *maker) credentialName() string {
	name := m.config(KeyCredential)
	if name != "" && !credentialName.MatchString(name) {
		m.fault(inConfiguration(KeyCredential), "should be 1 to 64 letters, digits, dots, dashes or underscores, and begin with a letter or digit, is %s", quote(name))
		return ""
	}
	m.keep(KeyCredential, name, false)
	return name
}

// clientHash finds instances that use the same OAuth2 client of a provider without telling which client that is.
func clientHash(element, client string) string {
	if client == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("pollwright client\x00" + element + "\x00" + client))
	return hex.EncodeToString(sum[:16])
}
