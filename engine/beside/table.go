package beside

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Column is one figure of a result R of a benchmark.
type Column[R any] struct {
	Name  string
	Of    func(R) float64
	Ratio bool // it is compared with another group's
}

// Group is who was measured, with the results of its rounds.
type Group[R any] struct {
	Name   string
	Rounds []R
}

// Table shows the medians of each group's rounds, and for pairs of groups the ratio of the first's median to the second's, with the least and greatest
// ratio within a round.
func Table[R any](title string, columns []Column[R], groups []Group[R], pairs ...[2]string) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(name string, cell func(Column[R]) string) {
		fmt.Fprint(w, name)
		for _, c := range columns {
			fmt.Fprint(w, "\t", cell(c))
		}
		fmt.Fprintln(w)
	}
	row(title, func(c Column[R]) string { return c.Name })
	rounds := map[string][]R{}
	for _, g := range groups {
		rounds[g.Name] = g.Rounds
		row(g.Name, func(c Column[R]) string { return Short(Median(g.Rounds, c.Of)) })
	}
	for _, p := range pairs {
		row(p[0]+" : "+p[1], func(c Column[R]) string {
			if !c.Ratio {
				return ""
			}
			return ratio(rounds[p[0]], rounds[p[1]], c.Of)
		})
	}
	_ = w.Flush() // into memory
	return text.String()
}

func ratio[R any](of, to []R, figure func(R) float64) string {
	rounds := make([]float64, len(of))
	for i := range of {
		rounds[i] = figure(of[i]) / figure(to[i])
	}
	return fmt.Sprintf("%.2f (%.2f..%.2f)", Median(of, figure)/Median(to, figure), slices.Min(rounds), slices.Max(rounds))
}

// Median is that of a figure of some results; 0 of none.
func Median[R any](of []R, figure func(R) float64) float64 {
	all := make([]float64, len(of))
	for i, r := range of {
		all[i] = figure(r)
	}
	return Middle(all)
}

// Middle is the median of values, which it sorts; 0 of none.
func Middle(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return (values[(len(values)-1)/2] + values[len(values)/2]) / 2
}

// Short writes a figure with a tenth, unless it is large.
func Short(f float64) string {
	if f >= 100 {
		return fmt.Sprintf("%.0f", f)
	}
	return fmt.Sprintf("%.1f", f)
}
