//go:build unix

package benchmark

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// verdict tells the first and the last sample of each gauge; the median, the least and the most of the last minutes, and how it grew in them.
func verdict(samples []sample) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tfirst\tlast\tin the last minutes\tper 10 min\t")
	last := samples[len(samples)-1].at
	for i, g := range gauges {
		var end []sample
		for _, s := range samples {
			if s.at >= last-soakLast && s.at >= last/3 { // a short run judges its last two thirds
				end = append(end, s)
			}
		}
		var values []float64
		for _, s := range end {
			values = append(values, s.values[i]/g.unit)
		}
		typical, slope := beside.Middle(values), growth(end, i)
		word := "met"
		if slope > soakSlope {
			word = "NOT MET"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s (%s to %s)\t%+.2f %%\t%s\n", g.name, beside.Short(samples[0].values[i]/g.unit), beside.Short(samples[len(samples)-1].values[i]/g.unit),
			beside.Short(typical), beside.Short(values[0]), beside.Short(values[len(values)-1]), slope, word)
	}
	_ = w.Flush() // into memory
	return text.String()
}

// growth is how the samples grow, in percent of their mean in ten minutes: from the mean of their first three fifths to that of the last, both weighted
// with a Hann window. Sizes rise and fall in teeth, as compactions come, and have spikes. Lines of least squares, and medians of slopes (Theil and Sen),
// take up to 3 % for growth where there are teeth of some minutes only; this one half a percent (TestGrowth).
func growth(samples []sample, gauge int) float64 {
	n := len(samples) * 3 / 5
	if n == 0 {
		return 0
	}
	before, after := weighted(samples[:n], gauge), weighted(samples[len(samples)-n:], gauge)
	apart := (samples[len(samples)-n].at - samples[0].at).Minutes() / 10
	if mean := (before + after) / 2; mean != 0 && apart > 0 {
		return (after - before) / apart / mean * 100
	}
	return 0
}

// weighted is the mean of samples, those in the middle counting most.
func weighted(samples []sample, gauge int) float64 {
	var sum, weights float64
	for i, s := range samples {
		w := math.Pow(math.Sin(math.Pi*(float64(i)+0.5)/float64(len(samples))), 2)
		sum, weights = sum+w*s.values[gauge], weights+w
	}
	return sum / weights
}

// Teeth and spikes do not look like growth, and growth under them is found.
func TestGrowth(t *testing.T) {
	for _, want := range []float64{-3, 0, 0.5, 10} { // percent in ten minutes
		for tooth := 10; tooth <= 24; tooth++ { // up to 4 minutes
			var samples []sample
			for i := range 121 { // twenty minutes
				at := time.Duration(i) * 10 * time.Second
				value := 100 * (1 + want/100*(at-10*time.Minute).Minutes()/10)
				value += 60*float64(i%tooth)/float64(tooth) - 30
				if i%tooth == tooth/2 {
					value += 200
				}
				samples = append(samples, sample{at, []float64{value}})
			}
			mean := 100 + 200/float64(tooth)
			if got := growth(samples, 0); math.Abs(got-want*100/mean) > 0.6 {
				t.Errorf("teeth of %d samples: growth %.2f, want %.2f", tooth, got, want*100/mean)
			}
		}
	}
}
