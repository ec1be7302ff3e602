package api

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine"
)

// Engine is what the API needs of *engine.Engine, in parts that go with its routes; see there for what each call does and which errors it
// returns.
type Engine interface {
	accountsCalls
	instancesCalls
	pollingCalls
	byHandCalls
	callbacksCalls
	eventsCalls
	elementsCalls
	pluginsCalls
	hubsCalls
	oauthCalls
	auditCalls
	organizationsCalls
	usersCalls
	keysCalls
	backupCalls
	serviceCalls
}

// Parts of Engine.
type (
	// accountsCalls: who calls.
	accountsCalls interface {
		Authenticate(context.Context, engine.Secrets) (engine.Caller, error)
		AuthenticateByToken(ctx context.Context, user, token string) (engine.Caller, error)
	}
	// instancesCalls: instances themselves.
	instancesCalls interface {
		Create(ctx context.Context, caller engine.Caller, c engine.Creation) (*engine.Instance, error)
		Instance(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error)
		Instances(ctx context.Context, caller engine.Caller, q engine.InstancesQuery) (list []*engine.Instance, next string, err error)
		CountInstances(ctx context.Context, caller engine.Caller) (map[string]int, error)
		UpdateInstance(ctx context.Context, caller engine.Caller, id int64, body []byte, full bool) (*engine.Instance, error)
		DeleteInstance(ctx context.Context, caller engine.Caller, id int64) error
		InstanceOfToken(ctx context.Context, caller engine.Caller, token string) (int64, error)
	}
	// pollingCalls: how instances are polled.
	pollingCalls interface {
		Enable(ctx context.Context, caller engine.Caller, id int64) error
		Disable(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error)
		PollingDisabled(ctx context.Context, caller engine.Caller) ([]engine.Stopped, error)
		PollerRecords(ctx context.Context, caller engine.Caller, id int64) ([]engine.PollerRecord, error)
		DecideHeld(ctx context.Context, caller engine.Caller, id int64, resource string, decision engine.Decision) error
		Limits(ctx context.Context, caller engine.Caller, id int64) (engine.Limits, error)
		Polls(ctx context.Context, caller engine.Caller, id int64, before string, n int) ([]engine.Outcome, error)
	}
	// byHandCalls: polls that users ask for, and checkpoints.
	byHandCalls interface {
		PollByHand(ctx context.Context, caller engine.Caller, id int64, resource string) (engine.HandPoll, error)
		DryRun(ctx context.Context, caller engine.Caller, id int64, resource string) (engine.DryRun, error)
		Checkpoint(ctx context.Context, caller engine.Caller, id int64, resource string, q engine.HistoryQuery) (c engine.Checkpoint, next string, err error)
		Rewind(ctx context.Context, caller engine.Caller, id int64, resource, mark string) error
		PreviewRewind(ctx context.Context, caller engine.Caller, id int64, resource, mark string) (engine.Preview, error)
	}
	// callbacksCalls: what instances' callbacks take.
	callbacksCalls interface {
		PauseCallback(ctx context.Context, caller engine.Caller, id int64, reason string) error
		ResumeCallback(ctx context.Context, caller engine.Caller, id int64) error
		TestCallback(ctx context.Context, caller engine.Caller, id int64) (engine.CallbackTest, error)
		RotateWebhookSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.NewSecret, error)
		DeadLetters(ctx context.Context, caller engine.Caller, id int64, after string, n int) (list []engine.DeadLetter, next string, err error)
		DeadLetter(ctx context.Context, caller engine.Caller, id int64, letter string) (engine.DeadLetter, error)
		Redeliver(ctx context.Context, caller engine.Caller, id int64, letter string) error
	}
	// eventsCalls: what was told.
	eventsCalls interface {
		Events(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) (list []engine.Event, next string, err error)
		Event(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Event, error)
		Explain(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Explanation, error)
		Changes(ctx context.Context, caller engine.Caller, id int64, q engine.ChangesQuery) (list []engine.Change, next string, err error)
		Dispositions(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) (list []engine.Disposition, next string, err error)
		Analytics(ctx context.Context, caller engine.Caller, q engine.AnalyticsQuery) ([]engine.Tally, error)
		RedeliverEvent(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Event, error)
		RedeliverEvents(ctx context.Context, caller engine.Caller, id int64, filter engine.EventFilter) (engine.Redelivery, error)
		Redeliveries(ctx context.Context, caller engine.Caller, id int64) ([]engine.Redelivery, error)
		Redelivery(ctx context.Context, caller engine.Caller, id int64, job string) (engine.Redelivery, error)
		CancelRedelivery(ctx context.Context, caller engine.Caller, id int64, job string) (engine.Redelivery, error)
	}
	// elementsCalls: what instances can be made of.
	elementsCalls interface {
		Elements() []engine.Element
		Element(keyOrID string) (engine.Element, error)
	}
	// serviceCalls: the engine as a whole.
	serviceCalls interface {
		Ready() error
		Halted() string
		Metrics() prometheus.Gatherer
	}
)
