package engine

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/hub"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/sdk"
)

// readTime is the most that reading a hub may take, a page that does not end included: the answer has to come before its client gives up.
const readTime = 20 * time.Second

// HubAnswer is what a hub URL is answered with.
type HubAnswer struct {
	Instance int64
	One      bool              // the answer is one record and not a list
	Records  []json.RawMessage // as the provider wrote them
	Next     string            // token of the following page; "" = this is the last
	Total    *int64            // records of the whole result; nil = not known
	// What the provider could not do: a where clause and an order that the host judged and made; "" = none.
	FilteredByHost, OrderedByHost string
	Warnings                      []string
}

// ReadHub reads records of the provider for an instance: path is that below /hubs/{hub}/, query what follows the question mark, both
// percent-encoded. Nothing of the polling is touched by it. Errors: ErrNotFound, ErrDisabled, *BusyError, *UnknownResourceError,
// *MissingRecordError, *WhereError, *instance.InvalidError, *ReadError, *ConflictError.
func (e *Engine) ReadHub(ctx context.Context, caller Caller, id int64, path, query string) (HubAnswer, error) {
	in, err := e.lives.get(ctx, id)
	if err != nil {
		return HubAnswer{}, err
	}
	if in.Organization != caller.Organization {
		return HubAnswer{}, ErrNotFound
	}
	if in.Disabled {
		return HubAnswer{}, ErrDisabled
	}
	el, ok := e.catalog.Element(in.Element)
	if !ok {
		return HubAnswer{}, &ReadError{Element: in.Element, Kind: poll.KindAdapter, Message: "there is no adapter for " + in.Element}
	}
	done, err := e.reads.enter(ctx, id)
	if err != nil {
		return HubAnswer{}, err
	}
	defer done()
	work, stop := e.running.begin(ctx, idText(id))
	defer stop()
	began := time.Now()
	answer, err := e.readHub(work, in, el.Manifest, path, query)
	e.metrics.hubRead(in.Element, time.Since(began), err)
	if errors.Is(err, context.Canceled) && ctx.Err() == nil {
		return HubAnswer{}, e.interrupted(ctx, id)
	}
	return answer, err
}

// interrupted is why what was under way for an instance ended before its time: the instance was deleted or disabled.
func (e *Engine) interrupted(ctx context.Context, id int64) error {
	in, err := e.lives.get(ctx, id)
	if err == nil && in.Disabled {
		err = ErrDisabled
	}
	if err == nil {
		err = &ConflictError{"the instance was changed while its records were read; try again"}
	}
	return err
}

func (e *Engine) readHub(ctx context.Context, in *live, m sdk.Manifest, path, query string) (HubAnswer, error) {
	request, err := hub.Parse(m, path, query)
	if err != nil {
		return HubAnswer{}, err
	}
	plan, err := request.Plan(datesOf(in.Instance, request.Resource.Name), in.Configuration[instance.KeyFilterNulls] != "true")
	if err != nil {
		return HubAnswer{}, err
	}
	at, err := e.openPage(in.ID, plan)
	if err != nil {
		return HubAnswer{}, err
	}
	answer, err := e.readPlan(ctx, in, m, plan, at)
	if err != nil {
		return HubAnswer{}, e.readFault(ctx, in, m, err)
	}
	out := HubAnswer{
		Instance: in.ID, One: plan.One(), Records: answer.Records, Total: answer.Total, Warnings: answer.Warnings,
		FilteredByHost: plan.FilteredByHost(), OrderedByHost: plan.OrderedByHost(),
	}
	for i, text := range out.Warnings { // some providers repeat what they were sent
		out.Warnings[i] = e.scrub(ctx, in.ID, m, text)
	}
	if plan.One() {
		out.FilteredByHost = "" // the path, and nothing that was asked for
	}
	if answer.Next != nil {
		out.Next, err = e.sealPage(in.ID, m.Name, plan, *answer.Next)
	}
	return out, err
}

// readPlan reads with the instance's credentials.
func (e *Engine) readPlan(ctx context.Context, in *live, m sdk.Manifest, plan hub.Plan, at hub.Position) (hub.Answer, error) {
	memo, err := poll.LoadMemo(ctx, e.store, in.ID)
	if err != nil {
		return hub.Answer{}, err
	}
	talk := poll.Talk{
		Adapter: adapter{e.catalog, in.Element, e.metrics, e.config.Trace}, Provider: e.provider(in, m, egress.Now), Config: publicConfig(in, m),
		Now: e.config.Now, Steps: readSteps, Records: readRecords,
	}
	remembered := memo.Value()
	source := func(ctx context.Context, query sdk.Query) (sdk.Page, []json.RawMessage, error) {
		page, records, err := talk.Page(ctx, query, remembered)
		if page.Memo != nil {
			remembered = page.Memo
		}
		return page, records, err
	}
	limits := e.config.HubLimits
	limits.Passing = passing
	bounded, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	answer, err := plan.Read(bounded, at, source, limits)
	if ctx.Err() != nil && err != nil {
		return answer, ctx.Err()
	}
	if answer.Memo != nil {
		e.keepMemo(context.WithoutCancel(ctx), in.ID, &memo, answer.Memo)
	}
	return answer, err
}

// keepMemo stores what the adapter wants remembered; without it the adapter only asks more the next time. Nothing waits for a read when its
// instance is deleted: what was stored too late is taken back.
func (e *Engine) keepMemo(ctx context.Context, id int64, memo *poll.Memo, value json.RawMessage) {
	err := memo.Keep(ctx, e.store, value)
	if records, gone := e.store.Get(ctx, instanceKey(id)); gone == nil && records[0].Version == 0 {
		err = errors.Join(err, e.deleteRecords(ctx, poll.MemoKey(id)))
	}
	if err != nil {
		e.log.Warn("memo not kept", "instance", id, "err", err)
	}
}

// Bounds of one page of the provider's, as those of polls.
const (
	readSteps   = 16
	readRecords = 100_000
)

// passing reports what may be gone with the next request: an answer that was begun ends there, and goes on with its token.
func passing(err error) bool {
	var fault *poll.FaultError
	if errors.As(err, &fault) {
		return fault.Kind == sdk.FaultTransient || fault.Kind == sdk.FaultRateLimited || fault.Kind == poll.KindNetwork || fault.Kind == poll.KindPostponed
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// datesOf are the dates of a resource's records as the instance's configuration has them.
func datesOf(in *instance.Instance, resource string) (all []instance.DateField) {
	for _, r := range in.Resources {
		if r.Reads == resource {
			all = append(all, r.Fields.Updated, r.Fields.Created)
		}
	}
	return all
}
