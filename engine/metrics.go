package engine

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/poll"
)

// metrics are the engine's figures for Prometheus. Label values come from small fixed sets and the installed elements.
type metrics struct {
	registry *prometheus.Registry
	polls    *prometheus.CounterVec
	byHand   *prometheus.CounterVec
	records  prometheus.Counter
	changes  *prometheus.CounterVec
	pollTime prometheus.Histogram
	pollLag  prometheus.Histogram
	lateness *prometheus.HistogramVec
	stepTime *prometheus.HistogramVec
	*deliveries
	*workings
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
		byHand:   prometheus.NewCounterVec(counter("polls_by_hand_total", "Polls, dry runs and previews of rewinds that users asked for, by result: ok, the kind of fault, running (the answer did not wait for it) or refused."), []string{"what", "result"}),
		records:  prometheus.NewCounter(counter("records_total", "Records read from providers.")),
		changes:  prometheus.NewCounterVec(counter("changes_total", "Changes detected, by kind."), []string{"kind"}),
		pollTime: prometheus.NewHistogram(histogram("poll_seconds", "Time a poll took.")),
		pollLag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "pollwright", Name: "poll_lag_seconds", Help: "Time from when a poll came due to its start.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 20),
		}),
		lateness: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "pollwright", Name: "record_lateness_seconds",
			Help:    "How long records that a poll could have seen by their date were invisible, at least.",
			Buckets: []float64{1, 5, 15, 30, 60, 120, 300, 900, 3600, 86400},
		}, []string{"element", "resource"}),
		stepTime:   prometheus.NewHistogramVec(histogram("adapter_call_seconds", "Time an adapter call took, by element and result."), []string{"element", "result"}),
		deliveries: newDeliveries(),
		workings:   newWorkings(),
	}
	m.registry.MustRegister(m.polls, m.byHand, m.records, m.changes, m.pollTime, m.pollLag, m.lateness, m.stepTime,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.registry.MustRegister(m.deliveries.all()...)
	m.registry.MustRegister(m.workings.all()...)
	for _, kind := range []string{"created", "updated", "deleted"} {
		m.changes.WithLabelValues(kind)
	}
	return m
}

// watch adds the figures that are read when they are asked for.
func (m *metrics) watch(e *Engine) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "pollwright", Name: name, Help: help}, value))
	}
	gauge("resources_scheduled", "Resources that are polled.", func() float64 { return float64(e.scheduler.Len()) })
	gauge("store_bytes", "Bytes of the store on the disk.", func() float64 { return float64(e.folder.Size()) })
	gauge("disk_free_bytes", "Bytes of the data folder's disk that are free; 0 = not known.", func() float64 {
		free, err := e.folder.Free()
		if err != nil {
			return 0
		}
		return float64(free)
	})
	gauge("polling_halted", "1 while nothing is polled, since the disk has no room.", func() float64 {
		if e.disk.Full() != "" {
			return 1
		}
		return 0
	})
	m.registry.MustRegister(backlog{stats: e.sender.Stats, now: e.config.Now})
}

// polled counts a poll; resource is the element's own name for what was read, of which there are few.
func (m *metrics) polled(o poll.Outcome, element, resource string) {
	for _, late := range o.Latenesses() {
		m.lateness.WithLabelValues(element, resource).Observe(late.Seconds())
	}
	result := "ok"
	switch {
	case o.Failed():
		result = o.Error.Kind
	case !o.Postponed.IsZero():
		result = poll.KindPostponed
	}
	m.polls.WithLabelValues(result).Inc()
	m.records.Add(float64(o.Records))
	m.changes.WithLabelValues("created").Add(float64(o.Created))
	m.changes.WithLabelValues("updated").Add(float64(o.Updated))
	m.changes.WithLabelValues("deleted").Add(float64(o.Deleted))
	m.pollTime.Observe(float64(o.Duration) / 1000)
}

func (m *metrics) started(lag time.Duration) { m.pollLag.Observe(lag.Seconds()) }

func (m *metrics) stepped(element string, cost plugin.Cost, err error) {
	m.stepTime.WithLabelValues(element, resultOf(err == nil)).Observe(cost.Duration.Seconds())
	if cost.Pages > 0 {
		m.memory.WithLabelValues(element).Observe(float64(cost.Pages) * wasmPage)
	}
}

// wasmPage is the unit of an adapter's memory, in bytes.
const wasmPage = 64 << 10

func resultOf(ok bool) string {
	if ok {
		return "ok"
	}
	return "error"
}

// Metrics is what /metrics shows.
func (e *Engine) Metrics() prometheus.Gatherer { return e.metrics.registry }
