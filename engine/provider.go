package engine

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/sdk"
)

// provider sends an adapter's requests for one instance. Credentials are put in here, after the adapter has returned.
type provider struct {
	engine   *Engine
	instance *live
	manifest sdk.Manifest
	ref      credential.Ref
	limiter  *egress.Limiter
	priority egress.Priority
}

func (e *Engine) provider(in *live, m sdk.Manifest, priority egress.Priority) *provider {
	ref := providerRef(in.Instance)
	return &provider{e, in, m, ref, e.limiter(in.Instance, m), priority}
}

// Send sends one request below the instance's base URL.
func (p *provider) Send(ctx context.Context, f sdk.Fetch) (poll.Answer, error) {
	auth, err := p.engine.credentials.Authorizer(ctx, p.ref, p.manifest.Auth)
	if err != nil {
		return poll.Answer{}, p.refusedTokens(ctx, err)
	}
	req := egress.Request{
		Method: f.Method, Base: p.base(f.Base), Path: f.Path, Header: http.Header{}, Body: []byte(f.Body), Authorizer: auth, Limiter: p.limiter, Priority: p.priority,
		Whose: idText(p.instance.ID),
	}
	for name, value := range f.Headers {
		req.Header.Set(name, value)
	}
	for _, q := range f.Query {
		req.Query = append(req.Query, egress.Param{Name: q.Name, Value: q.Value})
	}
	_, end := p.engine.config.Trace(ctx, "fetch", time.Time{}, slog.String("method", cmp.Or(f.Method, http.MethodGet)), slog.String("path", f.Path))
	res, err := p.engine.egress.Do(ctx, req)
	endFetch(end, res, err)
	p.tell(f, res, err)
	if err != nil {
		return poll.Answer{}, networkFault(ctx, err)
	}
	sent := p.engine.config.Now().Add(-res.Duration)
	answer := sdk.Response{Status: res.Status, Headers: headers(res.Header), Body: res.Body}
	if err := p.engine.unechoed(ctx, p.instance.ID, p.manifest, &answer, auth.Secret()); err != nil {
		return poll.Answer{}, credentialFault(ctx, err)
	}
	return poll.Answer{
		Response: answer, Generation: auth.Generation(),
		Date: res.Date, Sent: sent, Heard: sent.Add(res.RTT),
	}, nil
}

// endFetch tells what came of a request, in numbers: an error's text may repeat a secret.
func endFetch(end func(error, ...slog.Attr), res *egress.Response, err error) {
	if err != nil {
		end(wordOf(err, "no answer"))
		return
	}
	end(nil, slog.Int("status", res.Status), slog.Int("bytes", len(res.Body)))
}

// Exchange is a request of an adapter and what came of it, without any secret: what the host adds to authenticate it is named, not shown.
type Exchange struct {
	Instance    int64
	Method      string
	Base        string
	Fetch       sdk.Fetch
	Credentials []string      // names of the headers that the host put in
	Status      int           // 0 = there was no answer
	Bytes       int           // of the answer's body
	Duration    time.Duration // from the request to the end of the answer
	Err         error         // why there was no answer
}

// tell shows an exchange to whoever watches.
func (p *provider) tell(f sdk.Fetch, res *egress.Response, err error) {
	if p.engine.config.Exchanges == nil {
		return
	}
	x := Exchange{Instance: p.instance.ID, Method: cmp.Or(f.Method, http.MethodGet), Base: p.base(f.Base), Fetch: f, Err: err}
	switch p.manifest.Auth.Type {
	case sdk.AuthHeaders:
		x.Credentials = slices.Sorted(maps.Keys(p.manifest.Auth.Headers))
	case sdk.AuthBasic, sdk.AuthOAuth2:
		x.Credentials = []string{"Authorization"}
	}
	if err == nil {
		x.Status, x.Bytes, x.Duration = res.Status, len(res.Body), res.Duration
	}
	p.engine.config.Exchanges(x)
}

// base: the instance's base URL stands for the element's first one.
func (p *provider) base(wanted string) string {
	if wanted == "" || wanted == p.manifest.BaseURLs[0] {
		return p.instance.BaseURL
	}
	return wanted
}

// Renew refreshes OAuth2 tokens once; other credentials are what the user gave.
func (p *provider) Renew(ctx context.Context, generation uint64) error {
	if p.manifest.Auth.Type != sdk.AuthOAuth2 {
		return poll.ErrNotRenewable
	}
	if _, err := p.engine.credentials.Refresh(ctx, p.ref, p.manifest.Auth, generation); err != nil {
		return p.refusedTokens(ctx, err)
	}
	return nil
}

// headers are what an adapter sees of an answer's: no cookies.
func headers(h http.Header) map[string]string {
	out := make(map[string]string, len(h))
	for name, values := range h {
		if name = strings.ToLower(name); name != "set-cookie" && name != "set-cookie2" {
			out[name] = strings.Join(values, ", ")
		}
	}
	return out
}

// networkFault: the context's own end is not the provider's fault.
func networkFault(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	fault := &poll.FaultError{Kind: poll.KindNetwork, Message: err.Error()}
	if e := (*egress.Error)(nil); errors.As(err, &e) {
		if fault.Stopped = e.Kind; e.Kind == egress.ErrLimited {
			fault.Kind, fault.RetryAfter = poll.KindPostponed, e.After
			fault.Message = "the limits of the credential are used up: " + e.Detail
		}
	}
	return fault
}

// credentialFault tells apart what a person must mend from what may pass.
func credentialFault(ctx context.Context, err error) error {
	if ctx.Err() != nil { // ours, not that of the request for a token
		return ctx.Err()
	}
	fault := &poll.FaultError{Kind: sdk.FaultTransient, Message: err.Error()}
	var token *credential.TokenError
	if errors.As(err, &token) {
		fault.RetryAfter = token.RetryAfter
	}
	switch {
	case errors.Is(err, credential.ErrReauthenticate), errors.Is(err, credential.ErrRejected), errors.Is(err, credential.ErrMissingValue):
		fault.Kind = sdk.FaultAuth
	case errors.Is(err, credential.ErrUnstored):
		fault.Kind = poll.KindStore
	}
	return fault
}
