package console

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// chart is a row of columns over time, each a stack of series, drawn as SVG, with the same figures as a table for who does not see it.
type chart struct {
	ID, Title, Summary string
	Series             []string // names, from the bottom
	Columns            []column
	Bars               []bar
	Lines              []gridLine
	Width, Height      int
	Labels             []label
	Empty              bool // nothing but zeros
}

type column struct {
	At     moment
	Values []float64
	Texts  []string
}

type bar struct {
	X, Y, W, H string
	Class      string
	Text       string
}

type gridLine struct{ Y, Text string }

type label struct{ X, Text string }

// Sizes in units of the drawing.
const (
	chartWidth  = 720
	chartHeight = 150
	chartLeft   = 52
	chartFoot   = 22
	chartTop    = 8
)

// newChart draws columns, whose values are in the order of series; write gives the text of a value.
func newChart(id, title string, series []string, columns []column, write func(float64) string) chart {
	c := chart{ID: id, Title: title, Series: series, Columns: columns, Width: chartWidth, Height: chartHeight, Empty: true}
	most := 0.0
	sums := make([]float64, len(series))
	for i := range columns {
		sum := 0.0
		for n, value := range columns[i].Values {
			sum += value
			sums[n] += value
			columns[i].Texts = append(columns[i].Texts, write(value))
		}
		most = math.Max(most, sum)
	}
	c.Empty = most == 0
	most = roundUp(most)
	c.draw(most)
	for _, part := range []float64{0, 0.5, 1} {
		if text := write(most * part); part != 0.5 || text != write(most) { // of a single thing there is no half
			c.Lines = append(c.Lines, gridLine{coordinate(c.y(part)), text})
		}
	}
	return c
}

func (c *chart) y(part float64) float64 {
	return chartTop + (1-part)*float64(chartHeight-chartTop-chartFoot)
}

func (c *chart) draw(most float64) {
	if len(c.Columns) == 0 {
		return
	}
	step := float64(chartWidth-chartLeft) / float64(len(c.Columns))
	for i, col := range c.Columns {
		x, below := chartLeft+float64(i)*step, 0.0
		for n, value := range col.Values {
			if value > 0 {
				top, bottom := c.y((below+value)/most), c.y(below/most)
				c.Bars = append(c.Bars, bar{
					coordinate(x + 1), coordinate(top), coordinate(math.Max(step-2, 1)), coordinate(math.Max(bottom-top, 1)), fmt.Sprintf("series-%d", n+1),
					fmt.Sprintf("%s, %s: %s", col.At.Text, c.Series[n], col.Texts[n]),
				})
			}
			below += value
		}
		if i%max(1, len(c.Columns)/6) == 0 {
			c.Labels = append(c.Labels, label{coordinate(x), hourOf(col.At.Text)})
		}
	}
}

// hourOf is the time of day of a moment's text, without its seconds.
func hourOf(text string) string {
	_, clock, _ := strings.Cut(text, " ")
	return strings.TrimSuffix(clock, ":00")
}

func coordinate(f float64) string { return fmt.Sprintf("%.1f", f) }

// roundUp is the next number of one digit and zeros, so that the scale is easy to read; at least 1.
func roundUp(f float64) float64 {
	if f <= 1 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(f)))
	for _, m := range []float64{1, 2, 4, 5, 6, 8, 10} {
		if f <= m*unit {
			return m * unit
		}
	}
	return f
}

// hours are the columns of the last day, one for each hour, the running one last.
func (v *visit) hours(series int) (columns []column, index func(time.Time) (int, bool)) {
	const n = 24
	first := v.now.Truncate(time.Hour).Add(-(n - 1) * time.Hour)
	for i := range n {
		columns = append(columns, column{At: v.when(first.Add(time.Duration(i) * time.Hour)), Values: make([]float64, series)})
	}
	return columns, func(at time.Time) (int, bool) {
		i := int(at.Sub(first) / time.Hour)
		return i, !at.Before(first) && i < n
	}
}

// spark is a small line of one series for a list: points of a polyline 96 wide and 24 high, and what it shows in words.
type spark struct{ Points, Text string }

func newSpark(values []float64, text string) spark {
	most := 1.0
	for _, value := range values {
		most = math.Max(most, value)
	}
	var points []string
	for i, value := range values {
		points = append(points, fmt.Sprintf("%.1f,%.1f", float64(i)*96/float64(max(1, len(values)-1)), 23-value/most*22))
	}
	return spark{strings.Join(points, " "), text}
}

func whole(f float64) string { return count(int64(math.Round(f))) }
