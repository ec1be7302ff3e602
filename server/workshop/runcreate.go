package workshop

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// create makes the instance, as a user would.
func (b *bench) create(ctx context.Context) (*engine.Instance, error) {
	if b.fake == nil {
		b.screen.note("%s %s, against %s", b.manifest.Name, b.manifest.Version, b.base())
	} else {
		b.screen.note("%s %s, against the fake provider", b.manifest.Name, b.manifest.Version)
	}
	configuration := map[string]any{}
	for key, value := range b.settings {
		configuration[key] = value
	}
	if b.provider != nil {
		configuration[baseURL] = b.provider.url + pathOf(b.manifest.BaseURLs[0])
	}
	since := b.run.Since
	if since == "" && b.fake == nil {
		since = "beginning"
	}
	for key, value := range map[string]string{
		"event.notification.enabled": "true", "event.notification.callback.url": b.receiver.url, "event.notification.batch": "1",
		"event.poller.refresh_interval": "1", "event.poller.start": since, "event.objects": strings.Join(b.run.Resources, ","),
	} {
		if value != "" {
			configuration[key] = value
		}
	}
	if len(b.run.Polling) > 0 {
		configuration["event.poller.configuration"] = b.run.Polling
	}
	body := map[string]any{"element": map[string]string{"key": b.manifest.Key}, "name": "plugin run", "configuration": configuration}
	if b.manifest.Auth.Type == sdk.AuthOAuth2 {
		if err := b.grant(ctx, body, configuration); err != nil {
			return nil, err
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	return b.engine.CreateInstance(ctx, b.caller, text)
}

// grant puts into the body what an OAuth2 provider's tokens are asked for with: a code or a refresh token of the environment, or a code that
// the user gets on the provider's page.
func (b *bench) grant(ctx context.Context, body, configuration map[string]any) error {
	const refreshToken = "oauth.user.refresh_token"
	if b.fake != nil {
		body["providerData"] = map[string]string{"code": "fake-code"}
		return nil
	}
	if token, ok := b.shop.Environment(Variable(b.manifest.Key, refreshToken)); ok {
		configuration[refreshToken], body["externalAuthentication"] = token, "initial"
		b.screen.note("note: a provider that replaces its refresh tokens has replaced this one after the run")
		return nil
	}
	code, ok := b.shop.Environment(Variable(b.manifest.Key, "code"))
	state := ""
	if !ok {
		var err error
		if code, state, err = b.consent(ctx); err != nil {
			return err
		}
	}
	body["providerData"] = map[string]string{"code": code, "state": state}
	return nil
}

// explain puts a refusal of the instance into lines.
func explain(err error) error {
	var invalid *instance.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	lines := []string{"the instance cannot be made:"}
	for _, p := range invalid.Problems {
		lines = append(lines, "  "+p.Path+" "+p.Message)
	}
	return errors.New(strings.Join(lines, "\n"))
}

func (b *bench) base() string {
	if given := b.settings[baseURL]; given != "" {
		return given
	}
	return b.manifest.BaseURLs[0]
}

// pathOf is the path of a base URL.
func pathOf(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return strings.TrimRight(u.EscapedPath(), "/")
}
