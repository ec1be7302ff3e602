package engine

import (
	"encoding/json"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// CheckInstance checks a POST body of an element's instance as Create would, and makes nothing. Where the element's provider has a page for a
// user's consent, no code is wanted yet. It returns what would be tolerated. Errors: ErrNotFound for an element that there is none of,
// *instance.SyntaxError, *instance.InvalidError.
func (e *Engine) CheckInstance(element string, body []byte) (warnings []instance.Problem, err error) {
	made, _, err := e.checked(element, body)
	if err != nil {
		return nil, err
	}
	return made.Warnings, nil
}

func (e *Engine) checked(element string, body []byte) (*instance.Made, Element, error) {
	el, err := e.Element(element)
	if err != nil {
		return nil, el, err
	}
	if el.Consents() {
		var given struct {
			ExternalAuthentication json.RawMessage
			ProviderData           struct{ Code string }
		}
		if json.Unmarshal(body, &given) == nil && given.ExternalAuthentication == nil && given.ProviderData.Code == "" {
			if body, err = withGrant(body, el.Key, "-", ""); err != nil {
				return nil, el, err
			}
		}
	}
	draft, el, err := e.draft(Creation{Body: body, Element: el.Key})
	if err != nil {
		return nil, el, err
	}
	draft.HTTPSCallbacks = e.config.HTTPSCallbacks
	made, err := instance.New(draft, el.Manifest, e.config.Now())
	return made, el, err
}

// Consents reports whether the element's provider has a page where a user consents to an instance.
func (e Element) Consents() bool {
	return e.Auth.Type == sdk.AuthOAuth2 && e.Auth.OAuth2 != nil && e.Auth.OAuth2.AuthorizeURL != ""
}
