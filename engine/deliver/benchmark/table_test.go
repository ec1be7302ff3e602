package benchmark

import (
	"fmt"

	"github.com/pollwright/pollwright/engine/beside"
)

func (r result) per(n float64) float64 { return n / float64(max(r.events, 1)) }

var columns = []beside.Column[result]{
	{Name: "events/s", Of: func(r result) float64 { return float64(r.events) / r.took.Seconds() }, Ratio: true},
	{Name: "CPU µs/event", Of: func(r result) float64 { return r.per(float64(r.cpu.Microseconds())) }, Ratio: true},
	{Name: "sink's", Of: func(r result) float64 { return r.per(float64(r.sinkCPU.Microseconds())) }, Ratio: true},
	{Name: "both", Of: func(r result) float64 { return r.per(float64((r.cpu + r.sinkCPU).Microseconds())) }, Ratio: true},
	{Name: "allocated B/event", Of: func(r result) float64 { return r.per(float64(r.allocated)) }, Ratio: true},
	{Name: "events/request", Of: func(r result) float64 { return float64(r.events) / float64(max(r.requests, 1)) }, Ratio: true},
	{Name: "RSS MB", Of: func(r result) float64 { return float64(r.rss) / 1e6 }},
	{Name: "heap MB", Of: func(r result) float64 { return float64(r.heap) / 1e6 }},
}

// table shows the medians of the rounds, and their ratios to the yardstick's.
func table(batch int, sender, yardstick, control []result) string {
	groups := []beside.Group[result]{{Name: "sender", Rounds: sender}, {Name: "yardstick", Rounds: yardstick}, {Name: "control", Rounds: control}}
	return beside.Table(fmt.Sprint("batch ", batch), columns, groups, [2]string{"sender", "yardstick"}, [2]string{"control", "yardstick"})
}
