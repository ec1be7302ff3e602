package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

const (
	maxRivals   = 100 // looked at
	namedRivals = 5
)

// refusedTokens is the fault of a request whose tokens could not be refreshed. If the provider does not know the refresh token any more, and
// others use the same client, they are the likely reason.
func (p *provider) refusedTokens(ctx context.Context, err error) error {
	fault := credentialFault(ctx, err)
	var told *poll.FaultError
	if !errors.As(fault, &told) || told.Kind != sdk.FaultAuth || p.manifest.Auth.Type != sdk.AuthOAuth2 {
		return fault
	}
	var token *credential.TokenError
	if errors.As(err, &token) && token.Code == "invalid_grant" {
		told.Message += p.engine.rivals(ctx, p.instance.Instance)
	}
	return fault
}

// wayBack tells how an instance whose tokens are refused is authorized again; "" for one that has none.
func (e *Engine) wayBack(in *instance.Instance) string {
	if el, err := e.Element(in.Element); err != nil || el.Auth.Type != sdk.AuthOAuth2 {
		return ""
	}
	return fmt.Sprintf("; open the address that POST /elements/%s/oauth/url gives for {\"instanceId\": %d}", in.Element, in.ID)
}

// rivals tells who else uses the same OAuth2 client by tokens of their own; "" = nobody that is known. Act-On ends a token when another is
// given to the same client and user (its page on refreshing says so). Others' instances are only counted.
func (e *Engine) rivals(ctx context.Context, in *instance.Instance) string {
	if in.Client == "" {
		return ""
	}
	keys, err := e.store.Find(ctx, clientTerm(in.Client), store.Key{}, maxRivals)
	if err != nil {
		return ""
	}
	names, others := e.nameRivals(ctx, in, keys)
	if len(names)+others == 0 {
		return ""
	}
	if more := len(names) - namedRivals; more > 0 {
		names = append(names[:namedRivals], fmt.Sprintf("%d more", more))
	}
	if others > 0 {
		names = append(names, "another account's")
	}
	return fmt.Sprintf("; the same %s is used by %s: a provider such as Act-On ends the tokens of one when the other gets new ones, so let them share one credential (configuration key %s)",
		instance.KeyOAuthAPIKey, strings.Join(names, ", "), instance.KeyCredential)
}

func (e *Engine) nameRivals(ctx context.Context, in *instance.Instance, keys []store.Key) (names []string, others int) {
	mine, seen := providerRef(in), map[credential.Ref]bool{}
	for _, key := range keys {
		id, err := parseID(idOf(key))
		if err != nil {
			continue
		}
		other, err := e.lives.get(ctx, id)
		if err != nil || providerRef(other.Instance) == mine || seen[providerRef(other.Instance)] {
			continue
		}
		seen[providerRef(other.Instance)] = true
		switch name := other.Credential(); {
		case other.Organization != in.Organization:
			others++
		case name != "":
			names = append(names, fmt.Sprintf("the credential %q", name))
		default:
			names = append(names, fmt.Sprintf("instance %d (%s)", other.ID, clip(other.Name)))
		}
	}
	return names, others
}
