//go:build !wasip1

package sdk

import "fmt"

// Problem is one fault of a manifest or a reply: where, and what would be right.
type Problem struct {
	Path    string // "resources[0].poll.idField"
	Message string
}

func (p Problem) String() string { return p.Path + ": " + p.Message }

// checker collects problems, so that an author sees all of them at once.
type checker struct {
	problems []Problem
}

func (c *checker) add(path, format string, args ...any) {
	c.problems = append(c.problems, Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// check adds a problem unless ok.
func (c *checker) check(ok bool, path, format string, args ...any) {
	if !ok {
		c.add(path, format, args...)
	}
}
