package command

import (
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// meant is what to add to the complaint about a name that is not known: the nearest one that is; "" if none is near.
func meant(name string, known []string) string {
	if best := nearest(name, known); best != "" {
		return fmt.Sprintf(" (did you mean %s?)", best)
	}
	return ""
}

func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	for _, k := range known {
		if d := distance(name, k); d < least || d == least && best == "" {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters have to be put in, taken out or changed to make one word of the other (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before = row[j+1]
			row[j+1] = min(cost, before+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// flags are the names of a command's own flags.
func flags(c *cobra.Command) (list []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Name != "help" {
			list = append(list, f.Name)
		}
	})
	return list
}

// meantVariable is meant for a variable of the environment.
func meantVariable(name string, c *cobra.Command) string {
	known := append(flags(c), flagOf(envMasterKey), flagOf(envOrganizationSecret), flagOf(envUserSecret))
	if best := nearest(flagOf(name), known); best != "" { // without the prefix, which all have
		return fmt.Sprintf(" (did you mean %s?)", variableOf(best))
	}
	return ""
}

func names(commands []*cobra.Command) []string {
	var list []string
	for _, c := range commands {
		list = append(list, c.Name())
	}
	return list
}
