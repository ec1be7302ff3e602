package console

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// Bounds of what the first page looks at.
const (
	homeInstances = 500
	homeBusiest   = 10  // instances whose deliveries are looked at
	homeEvents    = 200 // events of each
	quotaShare    = 0.8 // of a limit: near it
)

type homeView struct {
	Instances int
	More      bool // there are more instances than were looked at
	Concerns  []concern
	Adapters  []engine.Adapter // refused or suspended
	Events    int
	Delivered int
	Failed    int
	Waiting   int
	Oldest    moment // event that waits
	Events24h chart
	Lag       chart
}

// concern is an instance that needs attention, the most urgent first.
type concern struct {
	ID      int64
	Name    string
	Element string
	State   state
	rank    int
}

func (v *visit) home() (page, error) {
	tallies, err := v.tallies()
	if err != nil {
		return page{}, err
	}
	view := homeView{}
	total := tallies[0]
	view.Events = total.count
	for id, t := range tallies {
		if id != 0 {
			view.Delivered, view.Failed = view.Delivered+t.success, view.Failed+t.failed
		}
	}
	if err := v.lookAtInstances(&view, tallies); err != nil {
		return page{}, err
	}
	for _, a := range v.Engine.Adapters() {
		if a.State != engine.AdapterLoaded {
			view.Adapters = append(view.Adapters, a)
		}
	}
	columns, _ := v.hours(1)
	for i, n := range total.hours() {
		if i < len(columns) && total.byHour != nil {
			columns[i].Values[0] = n
		}
	}
	view.Events24h = newChart("events", "Events an hour, the last 24 hours", []string{"events"}, columns, whole)
	if view.Lag, err = v.lagChart(tallies); err != nil {
		return page{}, err
	}
	return page{Template: "home", Title: "Overview", Tab: "home", Live: true, View: view}, nil
}

func (v *visit) lookAtInstances(view *homeView, tallies map[int64]tally) error {
	var oldest time.Time
	for q := (engine.InstancesQuery{Size: 200}); ; {
		list, next, err := v.Engine.Instances(v.ctx, v.caller, q)
		if err != nil {
			return err
		}
		for _, in := range list {
			if err := v.lookAt(in, view, tallies[in.ID], &oldest); err != nil {
				return err
			}
		}
		view.Instances += len(list)
		if q.Page = next; next == "" || view.Instances >= homeInstances {
			view.More = next != ""
			break
		}
	}
	view.Oldest = v.when(oldest)
	slices.SortStableFunc(view.Concerns, func(a, b concern) int { return cmp.Compare(a.rank, b.rank) })
	return nil
}

func (v *visit) lookAt(in *engine.Instance, view *homeView, t tally, oldest *time.Time) error {
	row, err := v.instanceRow(in, t)
	if err != nil {
		return err
	}
	if row.State.Level == "bad" || row.State.Level == "warn" {
		view.Concerns = append(view.Concerns, concern{in.ID, in.Name, row.Element, row.State, slices.Index(stateWords, row.State.Word)})
	}
	if near, text := v.nearQuota(in); near {
		view.Concerns = append(view.Concerns, concern{in.ID, in.Name, row.Element, state{"near quota", "warn", text}, len(stateWords)})
	}
	if view.Waiting += row.Waiting; row.Waiting > 0 {
		at, err := v.oldestWaiting(in.ID)
		if err != nil {
			return err
		}
		if !at.IsZero() && (oldest.IsZero() || at.Before(*oldest)) {
			*oldest = at
		}
	}
	return nil
}

// oldestWaiting is when the oldest event that waits was stored, as far as five pages reach back.
func (v *visit) oldestWaiting(id int64) (at time.Time, err error) {
	for _, state := range []string{"waiting", "retrying", "paused"} {
		q := engine.EventsQuery{EventFilter: engine.EventFilter{State: state}, Size: 200}
		for range 5 {
			list, next, err := v.Engine.Events(v.ctx, v.caller, id, q)
			if err != nil {
				return at, err
			}
			if len(list) > 0 && (at.IsZero() || list[len(list)-1].EventDate.Before(at)) {
				at = list[len(list)-1].EventDate
			}
			if q.Page = next; next == "" {
				break
			}
		}
	}
	return at, nil
}

// nearQuota reports whether an instance has used much of what its provider allows in a long window, or may send nothing now.
func (v *visit) nearQuota(in *engine.Instance) (bool, string) {
	limits, err := v.Engine.Limits(v.ctx, v.caller, in.ID)
	if err != nil { // it was deleted meanwhile, or has no adapter
		return false, ""
	}
	if limits.Blocked != nil && limits.Blocked.Until.Sub(v.now) > time.Minute {
		return true, fmt.Sprintf("Nothing is sent to the provider until %s: %s", v.when(limits.Blocked.Until).Text, limits.Blocked.Reason)
	}
	for _, w := range limits.Windows {
		if w.Seconds > 60 && float64(w.Used) >= quotaShare*float64(w.Limit) {
			return true, fmt.Sprintf("%s of %s requests of %s are used.", count(w.Used), count(w.Limit), span(time.Duration(w.Seconds*float64(time.Second))))
		}
	}
	return false, ""
}

// lagChart shows how long events took from their detection to their callback, the slowest of each hour, of the newest events of the busiest
// instances.
func (v *visit) lagChart(tallies map[int64]tally) (chart, error) {
	var busiest []int64
	for id := range tallies {
		if id != 0 {
			busiest = append(busiest, id)
		}
	}
	slices.SortFunc(busiest, func(a, b int64) int {
		return cmp.Or(cmp.Compare(tallies[b].count, tallies[a].count), cmp.Compare(a, b))
	})
	columns, index := v.hours(1)
	for _, id := range busiest[:min(len(busiest), homeBusiest)] {
		list, _, err := v.Engine.Events(v.ctx, v.caller, id, engine.EventsQuery{EventFilter: engine.EventFilter{State: "delivered"}, Size: homeEvents})
		if err != nil { // deleted meanwhile
			continue
		}
		for _, e := range list {
			if i, ok := index(e.EventDate); ok && len(e.NotifiedData) > 0 {
				last := e.NotifiedData[0]
				lag := float64(last.At.Sub(e.EventDate).Milliseconds() + last.Duration)
				columns[i].Values[0] = max(columns[i].Values[0], lag)
			}
		}
	}
	return newChart("lag", "Slowest delivery of each hour, from detection to the callback's answer", []string{"time"}, columns, func(f float64) string { return millis(f) }), nil
}
