package poll

import (
	"context"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// Adapter answers calls for one element. plugin.Catalog does, bound to a key.
type Adapter interface {
	Step(ctx context.Context, call sdk.Call) (sdk.Reply, error)
}

// Provider sends an adapter's requests with the instance's credentials.
type Provider interface {
	Send(ctx context.Context, fetch sdk.Fetch) (Answer, error)
	// Renew replaces credentials that the provider refused; generation is that of the refused answer. ErrNotRenewable if they cannot be.
	Renew(ctx context.Context, generation uint64) error
}

// ErrNotRenewable is the answer of a Provider whose credentials are what the user gave.
var ErrNotRenewable = errors.New("these credentials cannot be renewed")

// Answer is a provider's answer.
type Answer struct {
	Response sdk.Response
	Date     time.Time // provider's clock; zero if it did not say
	// Sent and Heard are our clock when the request left and when the head of the answer came; Date is of a moment in between. Zero = now.
	Sent, Heard time.Time
	Generation  uint64 // of the credentials that were used
}

// Job is what to poll, with the parts bound to it.
type Job struct {
	Instance *instance.Instance
	Resource *instance.Resource
	Plan     *instance.Plan
	Element  sdk.Manifest
	Adapter  Adapter
	Provider Provider
	Config   map[string]string // the element's parameters without the secret ones
	Digest   string            // of the adapter
	// Scrub takes the instance's secrets out of a text for people. May be nil.
	Scrub  func(string) string
	Source deliver.Source // what notifications say of their origin; PollDate is set by the poll
}

// longestBackoff is the scheduler's.
const longestBackoff = 15 * time.Minute

// Apart is how far apart, at most, two polls of the resource can be of which both failed and none came between them.
func (j Job) Apart() time.Duration { return 2 * max(j.Instance.Events.Interval, longestBackoff) }
