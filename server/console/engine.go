package console

import (
	"context"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// Engine is what the console needs of *engine.Engine; see there for what each call does and which errors it returns.
type Engine interface {
	sessionCalls
	elementCalls
	draftCalls
	instanceCalls
	pollingCalls
	deliveryCalls
	eventCalls
}

type (
	sessionCalls interface {
		OpenSession(ctx context.Context, secrets engine.Secrets, from, request string) (engine.Session, error)
		Session(ctx context.Context, token string) (engine.Session, error)
		CloseSession(ctx context.Context, token string) error
		User(ctx context.Context, caller engine.Caller, id int64) (engine.User, error)
		Organization(ctx context.Context, caller engine.Caller, id int64) (engine.Organization, error)
		Halted() string
	}
	elementCalls interface {
		Elements() []engine.Element
		Element(keyOrID string) (engine.Element, error)
		Adapters() []engine.Adapter
		InstallAdapter(ctx context.Context, caller engine.Caller, key string, wasm []byte, hosts []string) (engine.Adapter, error)
		RemoveAdapter(ctx context.Context, caller engine.Caller, key string) error
		AgreeToHosts(ctx context.Context, caller engine.Caller, key string, hosts []string) error
	}
	// draftCalls: instances that are not there yet.
	draftCalls interface {
		CheckInstance(element string, body []byte) ([]instance.Problem, error)
		TryInstance(ctx context.Context, caller engine.Caller, element string, body []byte) ([]engine.Trial, error)
		TryCallback(ctx context.Context, caller engine.Caller, element string, body []byte) (engine.CallbackTest, error)
		PreviewDate(text, format, zone string) (engine.DatePreview, error)
		PreviewURL(element, url string, vars map[string]string, since time.Time) (engine.URLPreview, error)
		Create(ctx context.Context, caller engine.Caller, c engine.Creation) (*engine.Instance, error)
		OAuthURL(ctx context.Context, caller engine.Caller, keyOrID string, r engine.ConsentRequest) (engine.ConsentAddress, error)
	}
	instanceCalls interface {
		Instance(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error)
		Instances(ctx context.Context, caller engine.Caller, q engine.InstancesQuery) (list []*engine.Instance, next string, err error)
		UpdateInstance(ctx context.Context, caller engine.Caller, id int64, body []byte, full bool) (*engine.Instance, error)
		DeleteInstance(ctx context.Context, caller engine.Caller, id int64) error
	}
	pollingCalls interface {
		Enable(ctx context.Context, caller engine.Caller, id int64) error
		Disable(ctx context.Context, caller engine.Caller, id int64) (*engine.Instance, error)
		NextPolls(ctx context.Context, caller engine.Caller, id int64) (map[string]time.Time, error)
		Polls(ctx context.Context, caller engine.Caller, id int64, before string, n int) ([]engine.Outcome, error)
		PollByHand(ctx context.Context, caller engine.Caller, id int64, resource string) (engine.HandPoll, error)
		DryRun(ctx context.Context, caller engine.Caller, id int64, resource string) (engine.DryRun, error)
		Limits(ctx context.Context, caller engine.Caller, id int64) (engine.Limits, error)
		PollerRecords(ctx context.Context, caller engine.Caller, id int64) ([]engine.PollerRecord, error)
		Checkpoint(ctx context.Context, caller engine.Caller, id int64, resource string, q engine.HistoryQuery) (engine.Checkpoint, string, error)
		Rewind(ctx context.Context, caller engine.Caller, id int64, resource, mark string) error
		PreviewRewind(ctx context.Context, caller engine.Caller, id int64, resource, mark string) (engine.Preview, error)
		DecideHeld(ctx context.Context, caller engine.Caller, id int64, resource string, decision engine.Decision) error
	}
	deliveryCalls interface {
		PauseCallback(ctx context.Context, caller engine.Caller, id int64, reason string) error
		ResumeCallback(ctx context.Context, caller engine.Caller, id int64) error
		TestCallback(ctx context.Context, caller engine.Caller, id int64) (engine.CallbackTest, error)
		RotateWebhookSecret(ctx context.Context, caller engine.Caller, id int64, overlap string) (engine.NewSecret, error)
		DeadLetters(ctx context.Context, caller engine.Caller, id int64, after string, n int) ([]engine.DeadLetter, string, error)
		DeadLetter(ctx context.Context, caller engine.Caller, id int64, letter string) (engine.DeadLetter, error)
		Redeliver(ctx context.Context, caller engine.Caller, id int64, letter string) error
	}
	eventCalls interface {
		Events(ctx context.Context, caller engine.Caller, id int64, q engine.EventsQuery) ([]engine.Event, string, error)
		Explain(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Explanation, error)
		Changes(ctx context.Context, caller engine.Caller, id int64, q engine.ChangesQuery) ([]engine.Change, string, error)
		Analytics(ctx context.Context, caller engine.Caller, q engine.AnalyticsQuery) ([]engine.Tally, error)
		RedeliverEvent(ctx context.Context, caller engine.Caller, id int64, event string) (engine.Event, error)
		RedeliverEvents(ctx context.Context, caller engine.Caller, id int64, filter engine.EventFilter) (engine.Redelivery, error)
		Redeliveries(ctx context.Context, caller engine.Caller, id int64) ([]engine.Redelivery, error)
		CancelRedelivery(ctx context.Context, caller engine.Caller, id int64, job string) (engine.Redelivery, error)
	}
)
