package engine

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine/deliver"
)

// deliveries are the figures of attempts and of what came of notifications.
type deliveries struct {
	attempts  *prometheus.CounterVec
	postTime  prometheus.Histogram
	lag       prometheus.Histogram
	delivered prometheus.Counter
	letters   prometheus.Counter
}

func newDeliveries() *deliveries {
	counter := func(name, help string) prometheus.CounterOpts {
		return prometheus.CounterOpts{Namespace: "pollwright", Name: name, Help: help}
	}
	return &deliveries{
		attempts: prometheus.NewCounterVec(counter("delivery_attempts_total",
			"Attempts to deliver a notification, by result: ok, the class of another status, or the kind of fault."), []string{"result"}),
		postTime: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "pollwright", Name: "delivery_seconds", Help: "Time an attempt took, from dialling to the end of the answer.",
			Buckets: []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 20},
		}),
		lag: prometheus.NewHistogram(prometheus.HistogramOpts{
			Namespace: "pollwright", Name: "notification_lag_seconds",
			Help:    "Time from the poll that saw the changes to the callback's acknowledgement of their notification.",
			Buckets: []float64{0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800, 7200, 43200, 259200},
		}),
		delivered: prometheus.NewCounter(counter("notifications_delivered_total", "Notifications that a callback acknowledged.")),
		letters:   prometheus.NewCounter(counter("dead_letters_total", "Notifications that were given up.")),
	}
}

func (d *deliveries) all() []prometheus.Collector {
	return []prometheus.Collector{d.attempts, d.postTime, d.lag, d.delivered, d.letters}
}

func (d *deliveries) attempted(a deliver.Attempt) {
	d.attempts.WithLabelValues(attemptResult(a)).Inc()
	d.postTime.Observe(a.Duration.Seconds())
	if !a.Delivered() {
		return
	}
	d.delivered.Inc()
	if !a.Formed.IsZero() {
		d.lag.Observe(max(a.At.Add(a.Duration).Sub(a.Formed).Seconds(), 0))
	}
}

func (d *deliveries) givenUp(deliver.DeadLetter) { d.letters.Inc() }

// attemptResult is one of a few words, whatever a callback answers.
func attemptResult(a deliver.Attempt) string {
	switch class := a.Status / 100; {
	case a.Delivered():
		return "ok"
	case a.Fault != deliver.FaultStatus:
		return string(a.Fault)
	case class >= 1 && class <= 5:
		return strconv.Itoa(class) + "xx"
	}
	return string(deliver.FaultStatus)
}
