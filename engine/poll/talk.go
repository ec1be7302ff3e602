package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/sdk"
)

// Talk is how a page is read: the adapter says what to ask the provider, until it has one. All fields are required; it keeps nothing from
// one page to the next.
type Talk struct {
	Adapter  Adapter
	Provider Provider
	Config   map[string]string // the element's parameters without the secret ones
	Now      func() time.Time
	Steps    int // most requests for one page
	Records  int // most records of one page
}

// Page reads one page, with its records cut out of the answer. memo is what the adapter remembers for the instance (MemoKey). The error is
// a *FaultError, or ctx's.
func (t Talk) Page(ctx context.Context, query sdk.Query, memo []byte) (sdk.Page, []json.RawMessage, error) {
	call := sdk.Call{Query: query, Config: t.Config, Memo: memo, Now: t.Now().UnixMilli()}
	var answer Answer
	var fetch *sdk.Fetch
	renewed := false
	for range t.Steps {
		reply, err := t.Adapter.Step(ctx, call)
		if err != nil {
			return sdk.Page{}, nil, adapterFault(t.Now(), err)
		}
		switch {
		case reply.Page != nil:
			records, err := plugin.Slice(reply.Page.Records, answer.Response.Body, t.Records)
			if err != nil {
				return sdk.Page{}, nil, &FaultError{Kind: sdk.FaultInvalid, Message: fmt.Sprintf("the page is not what the adapter promised: %v", err)}
			}
			return *reply.Page, records, nil
		case reply.Fault != nil && reply.Fault.Kind == sdk.FaultAuth && fetch != nil && !renewed:
			// Refused credentials are renewed once, and the same step repeated; only a second refusal counts.
			renewed = true
			if err := t.Provider.Renew(ctx, answer.Generation); errors.Is(err, ErrNotRenewable) {
				return sdk.Page{}, nil, faultOf(*reply.Fault)
			} else if err != nil {
				return sdk.Page{}, nil, err
			}
		case reply.Fault != nil:
			return sdk.Page{}, nil, faultOf(*reply.Fault)
		default:
			fetch = reply.Fetch
		}
		if answer, err = t.Provider.Send(ctx, *fetch); err != nil {
			return sdk.Page{}, nil, err
		}
		call.State, call.Outline, call.Response = fetch.State, fetch.Outline, &answer.Response
	}
	return sdk.Page{}, nil, &FaultError{Kind: KindAdapter, Message: fmt.Sprintf("the adapter wanted more than %d requests for one page", t.Steps)}
}

// adapterFault: one that has a pause is asked again when it is over.
func adapterFault(now time.Time, err error) error {
	var suspended *plugin.SuspendedError
	if errors.As(err, &suspended) {
		return &FaultError{Kind: KindPostponed, Message: err.Error(), RetryAfter: max(suspended.Until.Sub(now), time.Second)}
	}
	return &FaultError{Kind: KindAdapter, Message: err.Error()}
}
