package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/poll"
)

// metrics are the engine's figures for Prometheus. Label values come from small fixed sets and the installed elements.
type metrics struct {
	registry  *prometheus.Registry
	polls     *prometheus.CounterVec
	records   prometheus.Counter
	changes   *prometheus.CounterVec
	pollTime  prometheus.Histogram
	lateness  *prometheus.HistogramVec
	stepTime  *prometheus.HistogramVec
	attempts  *prometheus.CounterVec
	postTime  prometheus.Histogram
	delivered prometheus.Counter
}

func newMetrics() *metrics {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "pollwright", Name: name, Help: help}
	}
	histogram := func(name, help string) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "pollwright", Name: name, Help: help, Buckets: prometheus.ExponentialBuckets(0.001, 4, 10)}
	}
	m := &metrics{
		registry: prometheus.NewRegistry(),
		polls:    prometheus.NewCounterVec(counter("polls_total", "Polls by result: ok, or the kind of fault."), []string{"result"}),
		records:  prometheus.NewCounter(counter("records_total", "Records read from providers.")),
		changes:  prometheus.NewCounterVec(counter("changes_total", "Changes detected, by kind."), []string{"kind"}),
		pollTime: prometheus.NewHistogram(histogram("poll_seconds", "Time a poll took.")),
		lateness: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "pollwright", Name: "record_lateness_seconds",
			Help:    "How long records that a poll could have seen by their date were invisible, at least.",
			Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 900, 3600, 86400},
		}, []string{"element", "resource"}),
		stepTime:  prometheus.NewHistogramVec(histogram("adapter_call_seconds", "Time an adapter call took, by element and result."), []string{"element", "result"}),
		attempts:  prometheus.NewCounterVec(counter("delivery_attempts_total", "Attempts to deliver a notification, by result."), []string{"result"}),
		postTime:  prometheus.NewHistogram(histogram("delivery_seconds", "Time an attempt took.")),
		delivered: prometheus.NewCounter(counter("notifications_delivered_total", "Notifications that a callback acknowledged.")),
	}
	m.registry.MustRegister(m.polls, m.records, m.changes, m.pollTime, m.lateness, m.stepTime, m.attempts, m.postTime, m.delivered,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the figures that are read when they are asked for.
func (m *metrics) watch(e *Engine) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "pollwright", Name: name, Help: help}, value))
	}
	gauge("resources_scheduled", "Resources that are polled.", func() float64 { return float64(e.scheduler.Len()) })
	gauge("notifications_waiting", "Notifications that wait to be delivered.", func() float64 { return float64(e.sender.Stats().Waiting) })
	gauge("notifications_oldest_seconds", "Age of the oldest notification that waits.", func() float64 {
		oldest := e.sender.Stats().Oldest
		if oldest.IsZero() {
			return 0
		}
		return e.config.Now().Sub(oldest).Seconds()
	})
}

// polled counts a poll; resource is the element's own name for what was read, of which there are few.
func (m *metrics) polled(o poll.Outcome, element, resource string) {
	for _, late := range o.Latenesses() {
		m.lateness.WithLabelValues(element, resource).Observe(late.Seconds())
	}
	result := "ok"
	if o.Failed() {
		result = o.Error.Kind
	}
	m.polls.WithLabelValues(result).Inc()
	m.records.Add(float64(o.Records))
	m.changes.WithLabelValues("created").Add(float64(o.Created))
	m.changes.WithLabelValues("updated").Add(float64(o.Updated))
	m.pollTime.Observe(float64(o.Duration) / 1000)
}

func (m *metrics) stepped(element string, took time.Duration, err error) {
	m.stepTime.WithLabelValues(element, resultOf(err == nil)).Observe(took.Seconds())
}

func (m *metrics) attempted(a deliver.Attempt) {
	m.attempts.WithLabelValues(resultOf(a.Delivered())).Inc()
	m.postTime.Observe(a.Duration.Seconds())
	if a.Delivered() {
		m.delivered.Inc()
	}
}

func resultOf(ok bool) string {
	if ok {
		return "ok"
	}
	return "error"
}

// Metrics is what /metrics shows.
func (e *Engine) Metrics() prometheus.Gatherer { return e.metrics.registry }
