package instance

import (
	"fmt"
	"strings"
)

// Problem is one thing about a POST body that a user should know: where, and what would be right.
type Problem struct {
	Path    string `json:"path"` // JSON path: configuration['event.poller.configuration'].contacts.url
	Message string `json:"message"`
}

// InvalidError lists everything that is wrong with a body, not only the first thing, and what was merely tolerated.
type InvalidError struct {
	Problems []Problem
	Warnings []Problem
}

func (e *InvalidError) Error() string {
	texts := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		texts[i] = p.Path + ": " + p.Message
	}
	return strings.Join(texts, "; ")
}

// SyntaxError is a body that is not JSON. Line and Column count from 1; a column counts characters.
type SyntaxError struct {
	Line, Column int
	Message      string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("the body is not JSON: line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// report collects problems and warnings while a body is checked.
type report struct {
	problems []Problem
	warnings []Problem
}

func (r *report) fault(path, format string, args ...any) {
	r.problems = append(r.problems, Problem{path, fmt.Sprintf(format, args...)})
}

func (r *report) warn(path, format string, args ...any) {
	r.warnings = append(r.warnings, Problem{path, fmt.Sprintf(format, args...)})
}

func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return &InvalidError{Problems: r.problems, Warnings: r.warnings}
}

// at extends a JSON path by a key.
func at(path, key string) string {
	if !plainKey(key) {
		return path + "['" + strings.ReplaceAll(key, "'", `\'`) + "']"
	}
	if path == "" {
		return key
	}
	return path + "." + key
}

func plainKey(key string) bool {
	for _, c := range key {
		if c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return key != ""
}
