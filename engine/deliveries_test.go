package engine

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine/deliver"
)

// figures are what a registry shows, by name and label.
func figures(t *testing.T, r *prometheus.Registry) map[string]float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]float64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			name := f.GetName()
			for _, l := range m.GetLabel() {
				name += " " + l.GetValue()
			}
			switch {
			case m.GetHistogram() != nil:
				shown[name] = float64(m.GetHistogram().GetSampleCount())
				shown[name+" sum"] = m.GetHistogram().GetSampleSum()
			case m.GetCounter() != nil:
				shown[name] = m.GetCounter().GetValue()
			default:
				shown[name] = m.GetGauge().GetValue()
			}
		}
	}
	return shown
}

func TestFiguresOfAttempts(t *testing.T) {
	t.Parallel()
	d, r := newDeliveries(), prometheus.NewPedanticRegistry()
	r.MustRegister(d.all()...)
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, a := range []deliver.Attempt{
		{Status: 200, At: at, Duration: time.Second, Formed: at.Add(-2 * time.Second)},
		{Status: 204, At: at, Duration: time.Second, Formed: at.Add(time.Minute)}, // another clock
		{Status: 202, At: at, Duration: time.Second},
		{Status: 200, Cut: deliver.FaultOversized},
		{Status: 302, Fault: deliver.FaultStatus},
		{Status: 404, Fault: deliver.FaultStatus},
		{Status: 429, Fault: deliver.FaultStatus},
		{Status: 503, Fault: deliver.FaultStatus},
		{Status: 999, Fault: deliver.FaultStatus},
		{Fault: deliver.FaultTimeout, Err: errors.New("slow")},
		{Fault: deliver.FaultTLS, Err: errors.New("bad certificate")},
	} {
		d.attempted(a)
	}
	d.givenUp(deliver.DeadLetter{})
	want := map[string]float64{
		"pollwright_delivery_attempts_total ok": 4, "pollwright_delivery_attempts_total 3xx": 1, "pollwright_delivery_attempts_total 4xx": 2,
		"pollwright_delivery_attempts_total 5xx": 1, "pollwright_delivery_attempts_total status": 1, "pollwright_delivery_attempts_total timeout": 1,
		"pollwright_delivery_attempts_total tls": 1, "pollwright_delivery_seconds": 11, "pollwright_delivery_seconds sum": 3,
		"pollwright_notification_lag_seconds": 2, "pollwright_notification_lag_seconds sum": 3,
		"pollwright_notifications_delivered_total": 4, "pollwright_dead_letters_total": 1,
	}
	if diff := cmp.Diff(want, figures(t, r)); diff != "" {
		t.Error(diff)
	}
}

func TestFiguresOfTheBacklogAreOfOneLook(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	looks := 0
	r := prometheus.NewPedanticRegistry()
	r.MustRegister(backlog{now: func() time.Time { return now }, stats: func() deliver.Stats {
		looks++
		s := deliver.Stats{InFlight: 7, Troubled: 2, Paused: 1}
		for i := range s.Waits {
			s.Waits[i] = deliver.Depth{Waiting: 10 + i, Oldest: now.Add(-time.Duration(i) * time.Minute)}
		}
		s.Waits[deliver.WaitOff] = deliver.Depth{}
		return s
	}})
	want := map[string]float64{"pollwright_deliveries_in_flight": 7, "pollwright_callbacks troubled": 2, "pollwright_callbacks paused": 1}
	for i, state := range []string{"sending", "limited", "backoff", "paused", "off", "order"} {
		want[fmt.Sprint("pollwright_notifications_waiting ", state)] = float64(10 + i)
		want[fmt.Sprint("pollwright_notifications_oldest_seconds ", state)] = float64(60 * i)
	}
	want["pollwright_notifications_waiting off"], want["pollwright_notifications_oldest_seconds off"] = 0, 0
	if diff := cmp.Diff(want, figures(t, r)); diff != "" || looks != 1 {
		t.Errorf("%d looks: %s", looks, diff)
	}
}
