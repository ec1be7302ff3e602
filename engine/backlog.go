package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine/deliver"
)

var (
	waitingDesc = prometheus.NewDesc("pollwright_notifications_waiting", "Notifications that wait to be delivered, by what they wait for.",
		[]string{"state"}, nil)
	oldestDesc = prometheus.NewDesc("pollwright_notifications_oldest_seconds", "Age of the oldest notification that waits, by what it waits for.",
		[]string{"state"}, nil)
	inFlightDesc  = prometheus.NewDesc("pollwright_deliveries_in_flight", "Requests to callbacks that are under way.", nil, nil)
	callbacksDesc = prometheus.NewDesc("pollwright_callbacks", "Callbacks with waiting notifications that are in trouble, or paused.",
		[]string{"state"}, nil)
)

// backlog shows what waits to be delivered. All of it is of one look at the sender's lanes, however many figures there are.
type backlog struct {
	stats func() deliver.Stats
	now   func() time.Time
}

// Describe is for the registry.
func (b backlog) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waitingDesc, oldestDesc, inFlightDesc, callbacksDesc} {
		out <- d
	}
}

// Collect is for the registry.
func (b backlog) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	stats, now := b.stats(), b.now()
	for i, depth := range stats.Waits {
		state, age := deliver.Wait(i).String(), 0.0
		if !depth.Oldest.IsZero() {
			age = max(now.Sub(depth.Oldest).Seconds(), 0)
		}
		gauge(waitingDesc, float64(depth.Waiting), state)
		gauge(oldestDesc, age, state)
	}
	gauge(inFlightDesc, float64(stats.InFlight))
	gauge(callbacksDesc, float64(stats.Troubled), "troubled")
	gauge(callbacksDesc, float64(stats.Paused), "paused")
}
