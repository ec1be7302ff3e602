package engine

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// Bounds of a request for consent, in bytes.
const (
	maxConsentText     = 2000
	maxConsentInstance = 160 << 10
)

// ConsentRequest asks for the address of a provider's page where a user consents. APIKey and CallbackURL may be left out if Instance or
// InstanceID tells them.
type ConsentRequest struct {
	APIKey      string          `json:"apiKey"`
	APISecret   string          `json:"apiSecret"` // the platform's; not needed for an address, and not kept
	CallbackURL string          `json:"callbackUrl"`
	Scope       string          `json:"scope"`
	SiteAddress string          `json:"siteAddress"` // the platform's, for providers with an address for each customer: BaseURL is what counts here
	State       string          `json:"state"`       // the user's own
	BaseURL     string          `json:"base.url"`    // as in a configuration
	Instance    json.RawMessage `json:"instance"`    // a body of POST /instances without code: made when the user comes back
	InstanceID  int64           `json:"instanceId"`  // to be authorized again when the user comes back
	ReturnURL   string          `json:"returnUrl"`   // where the user's browser goes then
}

// ConsentAddress is the answer, in the platform's words.
type ConsentAddress struct {
	Element  string `json:"element"`
	OAuthURL string `json:"oauthUrl"`
}

// OAuthURL gives the address of the provider's page that asks its user for consent. Unless the user gave a state, ours ties what comes back to
// this request, once and for 15 minutes. Errors: ErrNotFound, *instance.SyntaxError, *instance.InvalidError, *ConflictError.
func (e *Engine) OAuthURL(ctx context.Context, caller Caller, keyOrID string, r ConsentRequest) (ConsentAddress, error) {
	el, err := e.Element(keyOrID)
	if err != nil {
		return ConsentAddress{}, err
	}
	if !el.Consents() {
		return ConsentAddress{}, invalid("element", "%s does not authenticate by OAuth: there is no page for consent; make the instance with its configuration alone", el.Name)
	}
	if err := e.completeConsent(ctx, caller, el, &r); err != nil {
		return ConsentAddress{}, err
	}
	if err := e.checkConsent(r); err != nil {
		return ConsentAddress{}, err
	}
	state, verifier, err := e.openConsent(ctx, caller, el, r)
	if err != nil {
		return ConsentAddress{}, err
	}
	page := credential.Consent{Base: r.BaseURL, ClientID: r.APIKey, Redirect: r.CallbackURL, Scope: r.Scope, State: state, Verifier: verifier}
	address, err := page.URL(*el.Auth.OAuth2)
	return ConsentAddress{el.Key, address}, err
}

// completeConsent takes what the request leaves out from the instance it is for, and checks that they agree.
func (e *Engine) completeConsent(ctx context.Context, caller Caller, el Element, r *ConsentRequest) (err error) {
	key, callback, base := "", "", ""
	switch {
	case r.hasInstance() && r.InstanceID != 0:
		return invalid("instanceId", "should not be given together with instance: one is authorized again, or a new one is made")
	case r.hasInstance():
		key, callback, base, err = e.consentDraft(el, r.Instance)
	case r.InstanceID != 0:
		key, callback, base, err = e.consentInstance(ctx, caller, el, r.InstanceID)
	}
	if err != nil {
		return err
	}
	if key != "" && r.APIKey != "" && r.APIKey != key {
		return invalid("apiKey", "should be the %s of the instance, or be left out", instance.KeyOAuthAPIKey)
	}
	if base != "" && r.BaseURL != "" && r.BaseURL != base {
		return invalid("base.url", "should be that of the instance, or be left out")
	}
	fill(&r.APIKey, key)
	fill(&r.CallbackURL, callback)
	fill(&r.BaseURL, base)
	if len(el.BaseURLs) > 0 {
		fill(&r.BaseURL, el.BaseURLs[0])
	}
	return nil
}

func (r ConsentRequest) hasInstance() bool {
	return len(r.Instance) > 0 && string(r.Instance) != "null"
}

// consentDraft checks the body of an instance that is to be made, as far as that is possible without a code.
func (e *Engine) consentDraft(el Element, body json.RawMessage) (key, callback, base string, err error) {
	if len(body) > maxConsentInstance {
		return "", "", "", invalid("instance", "should be at most %d bytes, is %d", maxConsentInstance, len(body))
	}
	full, err := withGrant(body, el.Key, "-", "")
	if err != nil {
		return "", "", "", err
	}
	draft, err := instance.Parse(full)
	if err != nil {
		return "", "", "", below("instance", err)
	}
	draft.HTTPSCallbacks = e.config.HTTPSCallbacks
	made, err := instance.New(draft, el.Manifest, e.config.Now())
	if err != nil {
		return "", "", "", below("instance", err)
	}
	if made.Secrets.Refresh != "" {
		return "", "", "", invalid("instance.externalAuthentication", "should be left out: with a refresh token there is nothing to consent to")
	}
	values := made.Secrets.Values
	return values[instance.KeyOAuthAPIKey], values[instance.KeyOAuthCallback], made.Instance.BaseURL, nil
}

func (e *Engine) consentInstance(ctx context.Context, caller Caller, el Element, id int64) (key, callback, base string, err error) {
	view, err := e.Instance(ctx, caller, id)
	if errors.Is(err, ErrNotFound) {
		return "", "", "", invalid("instanceId", "there is no instance %d", id)
	}
	if err != nil {
		return "", "", "", err
	}
	if view.Element.Key != el.Key {
		return "", "", "", invalid("instanceId", "should be an instance of %s; %d is one of %s", el.Name, id, view.Element.Name)
	}
	stored, err := e.credentials.Load(ctx, providerRef(view.Instance))
	return stored.Values[instance.KeyOAuthAPIKey].Reveal(), stored.Values[instance.KeyOAuthCallback].Reveal(), stored.Base, err
}

// checkConsent checks what goes into addresses.
func (e *Engine) checkConsent(r ConsentRequest) error {
	var problems []instance.Problem
	fault := func(path, message string) {
		problems = append(problems, instance.Problem{Path: path, Message: message})
	}
	if r.APIKey == "" {
		fault("apiKey", "is required: the client id of the application that you registered with the provider")
	}
	if r.CallbackURL == "" {
		fault("callbackUrl", "is required: where the provider sends the user back to, such as this server's /oauth/callback")
	}
	for path, text := range map[string]string{"apiKey": r.APIKey, "callbackUrl": r.CallbackURL, "scope": r.Scope, "state": r.State, "base.url": r.BaseURL, "returnUrl": r.ReturnURL} {
		if len(text) > maxConsentText {
			fault(path, "is too long: at most 2000 bytes are taken")
		}
	}
	for path, text := range map[string]string{"callbackUrl": r.CallbackURL, "base.url": r.BaseURL, "returnUrl": r.ReturnURL} {
		if text != "" && !webAddress(text) {
			fault(path, "should be an absolute http or https URL without a user name and without a fragment")
		}
	}
	if r.State != "" && (r.hasInstance() || r.InstanceID != 0) {
		fault("state", "should be left out with instance and instanceId: a state that cannot be guessed is made for it")
	}
	if r.ReturnURL != "" && !r.hasInstance() && r.InstanceID == 0 {
		fault("returnUrl", "is used with instance or instanceId only: without them your callbackUrl gets the code")
	}
	if e.config.HTTPSCallbacks && r.ReturnURL != "" && !strings.HasPrefix(r.ReturnURL, "https://") {
		fault("returnUrl", "should begin with https://")
	}
	if len(problems) > 0 {
		slices.SortStableFunc(problems, func(a, b instance.Problem) int { return strings.Compare(a.Path, b.Path) })
		return &instance.InvalidError{Problems: problems}
	}
	return nil
}

// webAddress: braces would be taken for a placeholder of a manifest's template.
func webAddress(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.User == nil && u.Fragment == "" && !strings.ContainsAny(text, "{}")
}

// openConsent stores what has to be known when the user comes back.
func (e *Engine) openConsent(ctx context.Context, caller Caller, el Element, r ConsentRequest) (state string, verifier credential.Secret, err error) {
	if el.Auth.OAuth2.PKCE {
		verifier = credential.NewVerifier()
	}
	state = r.State
	key := givenKey(caller.Organization, state)
	if state == "" {
		state = newState()
		key = consentKey(state)
	}
	open, err := e.store.Find(ctx, consentsOf(caller.Organization), store.Key{}, maxConsents)
	if err != nil {
		return "", "", err
	}
	if len(open) == maxConsents {
		return "", "", &ConflictError{"too many requests for consent are under way; they end 15 minutes after they began"}
	}
	c := consent{
		Format: consentFormat, Organization: caller.Organization, User: caller.User, Element: el.Key, Expires: e.config.Now().Add(consentTime).UTC(),
		Verifier: verifier.Reveal(), Redirect: r.CallbackURL, InstanceID: r.InstanceID, ReturnURL: r.ReturnURL,
	}
	if r.hasInstance() {
		c.Instance = r.Instance
	}
	return state, verifier, e.storeConsent(ctx, key, c)
}

// storeConsent replaces an earlier one: a state of the user's own may come again, and the latest counts.
func (e *Engine) storeConsent(ctx context.Context, key store.Key, c consent) error {
	for range tries {
		records, err := e.store.Get(ctx, key)
		if err != nil {
			return err
		}
		put, err := e.consentPut(key, records[0].Version, c)
		if err != nil {
			return err
		}
		if _, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{put}})); !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return store.ErrConflict
}

// withGrant completes the body of an instance by its element and an authorization code.
func withGrant(body json.RawMessage, element, code, state string) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return nil, invalid("instance", "should be an object in braces, like the body of POST /instances")
	}
	var given struct{ Code, State string }
	if json.Unmarshal(fields["providerData"], &given) == nil && given.Code != "" {
		return nil, invalid("instance.providerData.code", "should be left out: it is what the provider is asked for")
	}
	for name, value := range map[string]any{"element": map[string]string{"key": element}, "providerData": map[string]string{"code": code, "state": state}} {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[name] = text
	}
	return json.Marshal(fields)
}

// below puts the paths of faults below a field.
func below(field string, err error) error {
	var bad *instance.InvalidError
	if !errors.As(err, &bad) {
		return err
	}
	moved := &instance.InvalidError{Warnings: bad.Warnings}
	for _, p := range bad.Problems {
		moved.Problems = append(moved.Problems, instance.Problem{Path: field + "." + p.Path, Message: p.Message})
	}
	return moved
}
