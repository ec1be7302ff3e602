package api

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine"
)

// Engine is what the API needs of *engine.Engine; see there for what each call does and which errors it returns.
type Engine interface {
	Authenticate(context.Context, engine.Secrets) (engine.Caller, error)
	CreateInstance(ctx context.Context, caller engine.Caller, body []byte) (*engine.Instance, error)
	Instance(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error)
	Instances(ctx context.Context, caller engine.Caller, cursor string, n int) (list []*engine.Instance, next string, err error)
	DeleteInstance(ctx context.Context, caller engine.Caller, id int64) error
	Enable(ctx context.Context, caller engine.Caller, id int64) error
	PollingDisabled(ctx context.Context, caller engine.Caller) ([]engine.Stopped, error)
	InstanceOfToken(ctx context.Context, caller engine.Caller, token string) (int64, error)
	PollerRecords(ctx context.Context, caller engine.Caller, id int64) ([]engine.PollerRecord, error)
	DecideHeld(ctx context.Context, caller engine.Caller, id int64, resource string, decision engine.Decision) error
	PauseCallback(ctx context.Context, caller engine.Caller, id int64, reason string) error
	ResumeCallback(ctx context.Context, caller engine.Caller, id int64) error
	TestCallback(ctx context.Context, caller engine.Caller, id int64) (engine.CallbackTest, error)
	RotateWebhookSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.NewSecret, error)
	DeadLetters(ctx context.Context, caller engine.Caller, id int64, after string, n int) (list []engine.DeadLetter, next string, err error)
	DeadLetter(ctx context.Context, caller engine.Caller, id int64, letter string) (engine.DeadLetter, error)
	Redeliver(ctx context.Context, caller engine.Caller, id int64, letter string) error
	Events(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) (list []engine.Event, next string, err error)
	Event(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Event, error)
	Changes(ctx context.Context, caller engine.Caller, id int64, q engine.ChangesQuery) (list []engine.Change, next string, err error)
	Dispositions(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) (list []engine.Disposition, next string, err error)
	Analytics(ctx context.Context, caller engine.Caller, q engine.AnalyticsQuery) ([]engine.Tally, error)
	RedeliverEvent(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Event, error)
	RedeliverEvents(ctx context.Context, caller engine.Caller, id int64, filter engine.EventFilter) (engine.Redelivery, error)
	Redeliveries(ctx context.Context, caller engine.Caller, id int64) ([]engine.Redelivery, error)
	Redelivery(ctx context.Context, caller engine.Caller, id int64, job string) (engine.Redelivery, error)
	CancelRedelivery(ctx context.Context, caller engine.Caller, id int64, job string) (engine.Redelivery, error)
	Polls(ctx context.Context, caller engine.Caller, id int64, before string, n int) ([]engine.Outcome, error)
	Elements() []engine.Element
	Element(keyOrID string) (engine.Element, error)
	Ready() error
	Halted() string
	Metrics() prometheus.Gatherer
}
