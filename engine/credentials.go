package engine

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// grant is a credential that is ready to be stored with its instance.
type grant = credential.Credential

// credentialRef places an instance's credential in the instance's partition, so that both are stored in one commit.
func credentialRef(instanceID string) credential.Ref { return credential.Ref{ID: instanceID} }

func (e *Engine) credentialKey(instanceID string) store.Key { return credentialRef(instanceID).Key() }

func (e *Engine) credentialPut(instanceID string, g grant) (store.Put, error) {
	return e.credentials.Put(credentialRef(instanceID), g)
}

// authorize makes the credential of a new instance; with OAuth2 its code, or the refresh token it brings, is exchanged for tokens. One that
// shares a credential may come without either.
func (e *Engine) authorize(ctx context.Context, made *instance.Made, el Element) (grant, error) {
	g, err := e.values(made)
	if err != nil {
		return g, err
	}
	g.Values[keyWebhookSecret] = credential.Secret(string(deliver.NewWebhookSecret()))
	if el.Auth.Type != sdk.AuthOAuth2 || el.Auth.OAuth2 == nil {
		return g, nil
	}
	if err := e.checkShared(ctx, made); err != nil {
		return g, err
	}
	tokens, err := e.firstTokens(ctx, made, el, g)
	g.Tokens = tokens
	return g, err
}

// values is a credential of what a body gave, without tokens.
func (e *Engine) values(made *instance.Made) (grant, error) {
	g := grant{Base: made.Instance.BaseURL, Values: map[string]credential.Secret{}}
	for key, value := range made.Secrets.Values {
		g.Values[key] = credential.Secret(value)
	}
	if made.Secrets.SignatureKey != "" {
		g.Values[instance.KeySignatureKey] = credential.Secret(made.Secrets.SignatureKey)
	}
	if made.Secrets.Password != "" {
		g.Values[instance.KeyBasicPassword] = credential.Secret(made.Secrets.Password)
	}
	if len(made.Secrets.Headers) > 0 {
		text, err := json.Marshal(made.Secrets.Headers)
		if err != nil {
			return g, err
		}
		g.Values[instance.KeyCallbackHeaders] = credential.Secret(text)
	}
	return g, nil
}

func providerWords(err error) string {
	var token *credential.TokenError
	if errors.As(err, &token) && token.Words != "" {
		return token.Words
	}
	return err.Error()
}

// shortSecret is below what is worth looking for: replacing every "1" would only make a text unreadable.
const shortSecret = 4

// scrub replaces the secrets of an instance in a text: a provider may repeat what it was sent, as it is or encoded. A text that cannot be
// checked is withheld. also are further secrets of it.
func (e *Engine) scrub(ctx context.Context, id int64, m sdk.Manifest, text string, also ...credential.Secret) string {
	secrets, err := e.secretsOf(ctx, id, m)
	if err != nil {
		return "(withheld: it could not be checked for secrets)"
	}
	secrets = append(secrets, also...)
	for _, secret := range secrets {
		plain := secret.Reveal()
		if len(plain) < shortSecret {
			continue
		}
		for _, form := range []string{plain, url.QueryEscape(plain), url.PathEscape(plain), base64.StdEncoding.EncodeToString([]byte(plain))} {
			text = strings.ReplaceAll(text, form, instance.Mask)
		}
	}
	return text
}

// secretsOf are all secrets of an instance, those for its provider and those for its callback.
func (e *Engine) secretsOf(ctx context.Context, id int64, m sdk.Manifest) (secrets []credential.Secret, err error) {
	stored, secrets, err := e.providerSecrets(ctx, id, m)
	if err != nil {
		return nil, err
	}
	for _, p := range m.Config {
		if p.Masked {
			secrets = append(secrets, stored.Values[p.Key])
		}
	}
	secrets = append(secrets, stored.Values[keyWebhookSecret], stored.Values[instance.KeySignatureKey], stored.Values[instance.KeyBasicPassword])
	headers, err := callbackHeaders(stored.Values)
	for _, values := range headers {
		for _, value := range values {
			secrets = append(secrets, credential.Secret(value))
		}
	}
	return secrets, err
}

// providerSecrets are those that a provider is sent, and may repeat. What only the callback gets is not among them, nor what the adapter may see: these
// can be ordinary words, such as the user's own address, that records have, too.
func (e *Engine) providerSecrets(ctx context.Context, id int64, m sdk.Manifest) (stored credential.Stored, secrets []credential.Secret, err error) {
	stored, err = e.credentials.Load(context.WithoutCancel(ctx), credentialRef(idText(id)))
	if err != nil {
		return stored, nil, err
	}
	for _, p := range m.Config {
		if p.Secret {
			secrets = append(secrets, stored.Values[p.Key])
		}
	}
	tokens, err := e.providerTokens(ctx, id, stored)
	if err == nil && tokens != nil {
		secrets = append(secrets, tokens.Access, tokens.Refresh)
	}
	return stored, secrets, err
}

// unechoed takes the instance's secrets out of a provider's answer, before anybody reads it: the adapter, and so the records, may repeat them.
// sent is the one that the request had: a refresh may have replaced it since.
func (e *Engine) unechoed(ctx context.Context, id int64, m sdk.Manifest, answer *sdk.Response, sent credential.Secret) error {
	_, secrets, err := e.providerSecrets(ctx, id, m)
	if err != nil {
		return err
	}
	eraser := credential.NewEraser(append(secrets, sent))
	eraser.Erase(answer.Body)
	for name, value := range answer.Headers {
		answer.Headers[name] = eraser.EraseText(value)
	}
	return nil
}
