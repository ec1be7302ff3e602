package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/template"
	"github.com/pollwright/pollwright/sdk"
)

type record = json.RawMessage

// page is one page read.
type page struct {
	fresh       []record // without the records that repeat the page before
	first, last string   // ids
	next        string
	overlap     int
	total       *int64
	again       bool // ask once more from an earlier instant
}

// readPage asks for the page at the current place. A place that a former poll left and the provider no longer knows starts the scan
// from its beginning, with the same window.
func (r *run) readPage(ctx context.Context) (page, error) {
	got, records, err := r.talk(ctx)
	var fault *FaultError
	if errors.As(err, &fault) && fault.ofPage() && r.pages == 0 && r.place.Next != "" {
		r.out.warn("the scan could not go on at the saved page and starts again: " + fault.Message)
		r.restart()
		r.out.refused = true
		got, records, err = r.talk(ctx)
	}
	if err != nil {
		return page{}, err
	}
	r.pages++
	r.out.Pages++
	for _, warning := range got.Warnings {
		r.out.warn(warning)
	}
	r.memo.set(got.Memo)
	p := page{fresh: records, next: got.Next, overlap: min(max(got.Overlap, 0), 1), total: got.Total}
	if r.out.ours.IsZero() { // the adapter needed no request
		r.out.ours = r.Now()
	}
	if r.det.setClock(r.out.clock, r.out.ours) {
		p.again = true
		return p, nil
	}
	if len(records) > 0 {
		p.first, p.last = r.joint(records[0]), r.joint(records[len(records)-1])
	}
	if r.place.Overlap > 0 && len(records) > 0 && p.first == r.place.Joint {
		p.fresh = records[1:]
	}
	return p, nil
}

// joint identifies a record where two pages meet: by its id, for its content may change meanwhile.
func (r *run) joint(rec record) string {
	if id := r.det.objectID(rec); id != "" {
		return change.Hash("id", id)
	}
	return change.Hash("record", string(rec))
}

// talk asks for the page at the current place.
func (r *run) talk(ctx context.Context) (sdk.Page, []record, error) {
	query, err := r.query()
	if err != nil {
		return sdk.Page{}, nil, err
	}
	return Talk{
		Adapter: timedAdapter{r}, Provider: timedProvider{r}, Config: r.job.Config, Now: r.Now, Steps: r.Limits.Steps, Records: r.Limits.Records,
	}.Page(ctx, query, r.memo.value)
}

// timedAdapter and timedProvider note in the outcome what a poll's talk costs.
type (
	timedAdapter  struct{ *run }
	timedProvider struct{ *run }
)

func (r timedAdapter) Step(ctx context.Context, call sdk.Call) (sdk.Reply, error) {
	defer r.timed(&r.out.Phases.Adapter)()
	return r.job.Adapter.Step(ctx, call)
}

func (r timedProvider) Send(ctx context.Context, fetch sdk.Fetch) (Answer, error) {
	defer r.timed(&r.out.Phases.Provider)()
	answer, err := r.job.Provider.Send(ctx, fetch)
	if err == nil {
		r.out.heard(answer, r.Now())
	}
	return answer, err
}

func (r timedProvider) Renew(ctx context.Context, generation uint64) error {
	return r.job.Provider.Renew(ctx, generation)
}

// timed adds the time until the returned function is called to a phase.
func (r *run) timed(phase *float64) func() {
	began := r.Now()
	return func() { *phase += float64(r.Now().Sub(began).Microseconds()) / 1000 }
}

// query expands the resource's URL for this scan.
func (r *run) query() (sdk.Query, error) {
	res, since := r.job.Resource, r.det.since()
	if r.whole() {
		since = time.Unix(0, 0).UTC() // for a date in the URL
	}
	url, err := r.job.Plan.URL.Expand(template.Values{Since: since, Now: r.Now(), Vars: res.Vars})
	if err != nil {
		return sdk.Query{}, fmt.Errorf("expand url: %w", err)
	}
	route, err := instance.FindRoute(r.job.Element, url)
	if err != nil {
		return sdk.Query{}, &FaultError{Kind: sdk.FaultNotFound, Message: err.Error()}
	}
	query := sdk.Query{
		Resource: route.Resource.Name, Vars: route.Vars, Where: route.Where, Filter: route.Filter, Params: route.Params,
		Page: r.place.Next, PageSize: res.PageSize,
	}
	if field := res.WindowField(); !r.whole() && field.In(route.Resource.Since) {
		query.Since = &sdk.Since{Field: field.Field, Time: since.UnixMilli()}
	}
	return query, nil
}
