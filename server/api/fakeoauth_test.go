package api

import (
	"context"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

func (f *fakeEngine) OAuthURL(_ context.Context, _ engine.Caller, keyOrID string, r engine.ConsentRequest) (engine.ConsentAddress, error) {
	if keyOrID != "acton" {
		return engine.ConsentAddress{}, engine.ErrNotFound
	}
	if r.APIKey == "" && r.InstanceID == 0 {
		return engine.ConsentAddress{}, &instance.InvalidError{Problems: []instance.Problem{{Path: "apiKey", Message: "is required"}}}
	}
	return engine.ConsentAddress{Element: "acton", OAuthURL: "https://acton.example.com/authorize?client_id=" + r.APIKey + "&redirect_uri=" + r.CallbackURL + r.BaseURL + "&state=" + r.State + r.Scope}, nil
}

// Consented knows a few states.
func (f *fakeEngine) Consented(_ context.Context, r engine.ConsentReturn) (engine.ConsentResult, error) {
	switch r.State {
	case "makes":
		return engine.ConsentResult{Element: "acton", InstanceID: 7, Made: true}, nil
	case "returns":
		return engine.ConsentResult{Element: "acton", InstanceID: 7, Location: "https://app.example.com/done?instanceId=7"}, nil
	case "code":
		return engine.ConsentResult{Element: "acton", Code: "<code>", State: "code"}, nil
	case "trouble":
		return engine.ConsentResult{}, &engine.ProviderError{Element: "Act-On", Message: "no route", Temporary: true}
	case "denied":
		return engine.ConsentResult{}, &engine.DeniedError{Element: "Act-On", Code: r.Error, Description: r.Description}
	}
	return engine.ConsentResult{}, &instance.InvalidError{Problems: []instance.Problem{{Path: "state", Message: "is not known here"}}}
}
