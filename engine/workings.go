package engine

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pollwright/pollwright/engine/credential"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store/badgerstore"
)

// workings are the figures of the parts that polls and deliveries stand on.
type workings struct {
	commits    *prometheus.CounterVec
	commitTime prometheus.Histogram
	commitSize prometheus.Histogram
	commitLoad prometheus.Counter
	refreshes  *prometheus.CounterVec
	quotaTime  prometheus.Histogram
	quotas     *prometheus.CounterVec
	hubReads   *prometheus.CounterVec
	hubTime    *prometheus.HistogramVec
	memory     *prometheus.HistogramVec
	backups    *prometheus.CounterVec
	backedUp   prometheus.Gauge
}

func newWorkings() *workings {
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "pollwright", Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64) prometheus.HistogramOpts {
		return prometheus.HistogramOpts{Namespace: "pollwright", Name: name, Help: help, Buckets: buckets}
	}
	w := &workings{
		commits:    counters("store_commits_total", "Transactions of the store, by result: ok or error. After an error the process ends.", "result"),
		commitTime: prometheus.NewHistogram(histogram("store_commit_seconds", "Time a transaction took to be on the disk.", prometheus.ExponentialBuckets(0.0005, 2, 14))),
		commitSize: prometheus.NewHistogram(histogram("store_commit_requests", "Requests that one transaction took with it.", prometheus.ExponentialBuckets(1, 2, 10))),
		commitLoad: prometheus.NewCounter(prometheus.CounterOpts{Namespace: "pollwright", Name: "store_commit_bytes_total", Help: "Bytes of keys and rows that were committed."}),
		refreshes:  counters("token_refreshes_total", "Requests for new OAuth tokens, by result: ok, reauthenticate (a person must authorize again), rejected, or error.", "result"),
		quotaTime: prometheus.NewHistogram(histogram("quota_wait_seconds", "Time that a request to a provider waited for its turn within the provider's limits.",
			[]float64{0.001, 0.01, 0.1, 0.5, 1, 5, 10, 30, 60})),
		quotas:   counters("quota_waits_total", "Requests to providers by what became of their wait for the limits: sent, limited (it would have been too long) or canceled.", "result"),
		hubReads: counters("hub_reads_total", "Requests for records of a hub, by element and result: ok, refused (by us), or error.", "element", "result"),
		hubTime:  prometheus.NewHistogramVec(histogram("hub_read_seconds", "Time a request for records of a hub took.", prometheus.ExponentialBuckets(0.005, 3, 9)), []string{"element"}),
		memory: prometheus.NewHistogramVec(histogram("adapter_memory_bytes", "Linear memory of an adapter at the end of a call, by element.",
			prometheus.ExponentialBuckets(1<<20, 2, 9)), []string{"element"}),
		backups:  counters("backups_total", "Backups by result: ok or error.", "result"),
		backedUp: prometheus.NewGauge(prometheus.GaugeOpts{Namespace: "pollwright", Name: "backup_last_timestamp_seconds", Help: "When the last whole backup since the start was begun, in Unix time; 0 = none."}),
	}
	for counter, results := range map[*prometheus.CounterVec][]string{
		w.commits: {"ok", "error"}, w.backups: {"ok", "error"}, w.refreshes: {"ok", "reauthenticate", "rejected", "error"}, w.quotas: {"sent", "limited", "canceled"},
	} {
		for _, r := range results {
			counter.WithLabelValues(r) // a rate needs the 0 before the first
		}
	}
	return w
}

func (w *workings) all() []prometheus.Collector {
	return []prometheus.Collector{w.commits, w.commitTime, w.commitSize, w.commitLoad, w.refreshes, w.quotaTime, w.quotas, w.hubReads, w.hubTime, w.memory, w.backups, w.backedUp}
}

func (w *workings) committed(c badgerstore.Commit) {
	w.commits.WithLabelValues(resultOf(c.Err == nil)).Inc()
	w.commitTime.Observe(c.Took.Seconds())
	w.commitSize.Observe(float64(c.Requests))
	w.commitLoad.Add(float64(c.Bytes))
}

func (w *workings) refreshed(err error) {
	result := "error"
	switch {
	case err == nil:
		result = "ok"
	case errors.Is(err, credential.ErrReauthenticate):
		result = "reauthenticate"
	case errors.Is(err, credential.ErrRejected):
		result = "rejected"
	}
	w.refreshes.WithLabelValues(result).Inc()
}

func (w *workings) waited(took time.Duration, err error) {
	result := "sent"
	switch {
	case errors.Is(err, egress.ErrLimited):
		result = "limited"
	case err != nil:
		result = "canceled"
	}
	w.quotas.WithLabelValues(result).Inc()
	w.quotaTime.Observe(took.Seconds())
}

// hubRead counts a read; element is one that is installed.
func (w *workings) hubRead(element string, took time.Duration, err error) {
	result, fault := "ok", (*ReadError)(nil)
	switch {
	case errors.As(err, &fault):
		result = "error"
	case err != nil:
		result = "refused"
	}
	w.hubReads.WithLabelValues(element, result).Inc()
	w.hubTime.WithLabelValues(element).Observe(took.Seconds())
}

func (w *workings) backup(began time.Time, err error) {
	w.backups.WithLabelValues(resultOf(err == nil)).Inc()
	if err == nil {
		w.backedUp.Set(float64(began.Unix()))
	}
}
