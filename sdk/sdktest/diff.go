package sdktest

import "strings"

// context is how many equal lines are shown around a difference.
const context = 3

// lineDiff gives want and got line by line: "-" only in want, "+" only in got, with a few equal lines around; "" if they are equal.
func lineDiff(want, got string) string {
	if want == got {
		return ""
	}
	lines := compare(strings.Split(strings.TrimSuffix(want, "\n"), "\n"), strings.Split(strings.TrimSuffix(got, "\n"), "\n"))
	var out strings.Builder
	skipped := false
	for i, line := range lines {
		if !nearChange(lines, i) {
			skipped = true
			continue
		}
		if skipped {
			out.WriteString("  ...\n")
			skipped = false
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

func nearChange(lines []string, i int) bool {
	for j := max(0, i-context); j <= min(len(lines)-1, i+context); j++ {
		if lines[j][0] != ' ' {
			return true
		}
	}
	return false
}

// compare merges a and b by their longest common subsequence.
func compare(a, b []string) []string {
	length := make([][]int, len(a)+1) // length[i][j]: of the common subsequence of a[i:] and b[j:]
	for i := range length {
		length[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var lines []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			lines, i, j = append(lines, "  "+a[i]), i+1, j+1
		case i < len(a) && (j == len(b) || length[i+1][j] >= length[i][j+1]):
			lines, i = append(lines, "- "+a[i]), i+1
		default:
			lines, j = append(lines, "+ "+b[j]), j+1
		}
	}
	return lines
}
