package benchmark

import (
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// result is what one turn did and cost.
type result struct {
	events, requests, polls int64
	took, cpu               time.Duration
	p50, p99                time.Duration
	weight
}

var columns = []beside.Column[result]{
	{Name: "events/s", Of: func(r result) float64 { return float64(r.events) / r.took.Seconds() }, Ratio: true},
	{Name: "CPU µs/event", Of: func(r result) float64 { return float64(r.cpu.Microseconds()) / float64(max(r.events, 1)) }, Ratio: true},
	{Name: "events/poll", Of: func(r result) float64 { return float64(r.events) / float64(max(r.polls, 1)) }},
	{Name: "events/request", Of: func(r result) float64 { return float64(r.events) / float64(max(r.requests, 1)) }},
	{Name: "p50 ms", Of: func(r result) float64 { return milli(r.p50) }},
	{Name: "p99 ms", Of: func(r result) float64 { return milli(r.p99) }},
	{Name: "RSS MB", Of: func(r result) float64 { return mega(r.rss) }},
	{Name: "most", Of: func(r result) float64 { return mega(r.most) }},
	{Name: "anon MB", Of: func(r result) float64 { return mega(r.anonymous) }},
}

// table shows the medians of the rounds, and their ratios to the pipe's.
func table(all map[string][]result) string {
	var measured []beside.Group[result]
	for _, name := range groups {
		measured = append(measured, beside.Group[result]{Name: name, Rounds: all[name]})
	}
	return beside.Table("", columns, measured, [2]string{"server", "pipe"}, [2]string{"server", "lean"}, [2]string{"control", "pipe"})
}
