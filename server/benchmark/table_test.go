package benchmark

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// result is what one turn did and cost.
type result struct {
	events, requests, polls int64
	took, cpu               time.Duration
	p50, p99                time.Duration
	rss, anonymous          int64
}

// column is one figure of a result.
type column struct {
	name  string
	of    func(result) float64
	ratio bool
}

var columns = []column{
	{"events/s", func(r result) float64 { return float64(r.events) / r.took.Seconds() }, true},
	{"CPU µs/event", func(r result) float64 { return float64(r.cpu.Microseconds()) / float64(max(r.events, 1)) }, true},
	{"events/poll", func(r result) float64 { return float64(r.events) / float64(max(r.polls, 1)) }, false},
	{"events/request", func(r result) float64 { return float64(r.events) / float64(max(r.requests, 1)) }, false},
	{"p50 ms", func(r result) float64 { return milli(r.p50) }, false},
	{"p99 ms", func(r result) float64 { return milli(r.p99) }, false},
	{"RSS MB", func(r result) float64 { return mega(r.rss) }, false},
	{"anon MB", func(r result) float64 { return mega(r.anonymous) }, false},
}

// table shows the medians of the rounds, and their ratios to the pipe's with the least and greatest ratio within a round.
func table(all map[string][]result) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(column) string) {
		fmt.Fprint(w, name)
		for _, c := range columns {
			fmt.Fprint(w, "\t", cell(c))
		}
		fmt.Fprintln(w)
	}
	row("", func(c column) string { return c.name })
	for _, group := range groups {
		row(group, func(c column) string { return short(median(all[group], c.of)) })
	}
	for _, pair := range [][2]string{{"server", "pipe"}, {"server", "lean"}, {"control", "pipe"}} {
		row(pair[0]+" : "+pair[1], func(c column) string {
			if !c.ratio {
				return ""
			}
			return ratio(all[pair[0]], all[pair[1]], c.of)
		})
	}
	_ = w.Flush() // into memory
	return text.String()
}

func ratio(of, to []result, figure func(result) float64) string {
	rounds := make([]float64, len(of))
	for i := range of {
		rounds[i] = figure(of[i]) / figure(to[i])
	}
	return fmt.Sprintf("%.2f (%.2f..%.2f)", median(of, figure)/median(to, figure), slices.Min(rounds), slices.Max(rounds))
}

func median(of []result, figure func(result) float64) float64 {
	all := make([]float64, len(of))
	for i, r := range of {
		all[i] = figure(r)
	}
	return middle(all)
}

// middle is the median of values, which it sorts; 0 of none.
func middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

func short(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.1f", f)
}
