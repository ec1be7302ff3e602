package instance

import (
	"fmt"
	"slices"
	"strings"
)

// Problem is one thing about a POST body that a user should know: where, and what would be right.
type Problem struct {
	Path    string `json:"path"` // JSON path: configuration['event.poller.configuration'].contacts.url
	Message string `json:"message"`
}

// InvalidError lists everything that is wrong with a body, not only the first thing, and what was merely tolerated. Of a body with very
// many problems the first hundred are listed, and how many more there are.
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

func (e *SyntaxError) Error() string { return "the body is not JSON: " + e.place() }

func (e *SyntaxError) place() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
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

// copy lets a draft be used again: what is added to the copy does not show in the original.
func (r report) copy() report { return report{slices.Clone(r.problems), slices.Clone(r.warnings)} }

func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return &InvalidError{Problems: first(r.problems), Warnings: first(r.warnings)}
}

// maxProblems bounds the answer to a body that is wrong in every line.
const maxProblems = 100

func first(all []Problem) []Problem {
	if len(all) <= maxProblems {
		return all
	}
	more := Problem{"$", fmt.Sprintf("and %d more of this kind, which are not listed", len(all)-maxProblems)}
	return append(slices.Clone(all[:maxProblems]), more)
}

// maxShown bounds how much of a user's text a message repeats, in bytes.
const maxShown = 100

// quote shows a text from outside in a message, shortened so that the message stays a line.
func quote(text string) string { return fmt.Sprintf("%q", shorten(text)) }

func shorten(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown], "") + "..."
}

// some lists names in a message, not too many of them.
func some(names []string) string {
	if len(names) <= 20 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:20], ", "), len(names)-20)
}

// at extends a JSON path by a key.
func at(path, key string) string {
	if key = shorten(key); !plainKey(key) {
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
