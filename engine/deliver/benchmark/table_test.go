package benchmark

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// column is one figure of a result.
type column struct {
	name string
	of   func(result) float64
	size bool // bytes, whose ratio says nothing
}

func (r result) per(n float64) float64 { return n / float64(max(r.events, 1)) }

var columns = []column{
	{name: "events/s", of: func(r result) float64 { return float64(r.events) / r.took.Seconds() }},
	{name: "CPU µs/event", of: func(r result) float64 { return r.per(float64(r.cpu.Microseconds())) }},
	{name: "sink's", of: func(r result) float64 { return r.per(float64(r.sinkCPU.Microseconds())) }},
	{name: "both", of: func(r result) float64 { return r.per(float64((r.cpu + r.sinkCPU).Microseconds())) }},
	{name: "allocated B/event", of: func(r result) float64 { return r.per(float64(r.allocated)) }},
	{name: "events/request", of: func(r result) float64 { return float64(r.events) / float64(max(r.requests, 1)) }},
	{name: "RSS MB", of: func(r result) float64 { return float64(r.rss) / 1e6 }, size: true},
	{name: "heap MB", of: func(r result) float64 { return float64(r.heap) / 1e6 }, size: true},
}

// table shows the medians of the rounds, their ratios to the yardstick's, and the least and greatest ratio within a round.
func table(batch int, sender, yardstick, control []result) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(column) string) {
		fmt.Fprint(w, name)
		for _, c := range columns {
			fmt.Fprint(w, "\t", cell(c))
		}
		fmt.Fprintln(w)
	}
	row(fmt.Sprint("batch ", batch), func(c column) string { return c.name })
	for _, x := range []struct {
		name string
		of   []result
	}{{"sender", sender}, {"yardstick", yardstick}, {"control", control}} {
		row(x.name, func(c column) string { return short(median(x.of, c.of)) })
	}
	ratio := func(of []result) func(column) string {
		return func(c column) string {
			if c.size {
				return ""
			}
			rounds := make([]float64, len(of))
			for i := range of {
				rounds[i] = c.of(of[i]) / c.of(yardstick[i])
			}
			return fmt.Sprintf("%.2f (%.2f..%.2f)", median(of, c.of)/median(yardstick, c.of), slices.Min(rounds), slices.Max(rounds))
		}
	}
	row("sender : yardstick", ratio(sender))
	row("control : yardstick", ratio(control))
	_ = w.Flush() // into memory
	return text.String()
}

func median(of []result, figure func(result) float64) float64 {
	all := make([]float64, len(of))
	for i, r := range of {
		all[i] = figure(r)
	}
	slices.Sort(all)
	return (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func short(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.1f", f)
}
