package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"testing"
)

// steady is a world in which nothing happens but what a test does.
type steady struct {
	*crash
	added int
}

// newSteady starts the program with two instances, and has told a first row. before is called when the folder is there, and the program is not.
func newSteady(t *testing.T, before func(w *world), args ...string) *steady {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the program several times")
	}
	t.Parallel()
	w := newWorld(t, args...)
	if before != nil {
		before(w)
	}
	w.start()
	w.create()
	s := &steady{crash: &crash{world: w, rng: rand.New(rand.NewPCG(*seed, 5)), user: newUser(w, nil)}}
	s.add()
	s.delivered()
	return s
}

// add makes a row at Act-On and a contact at iContact.
func (s *steady) add() {
	s.t.Helper()
	s.added++
	s.control(http.MethodPost, "acton", "records/contacts", map[string]any{"fields": map[string]string{"First Name": fmt.Sprint(s.added)}}, &struct{}{})
	s.control(http.MethodPost, "icontact", "records/contacts", map[string]any{"email": fmt.Sprintf("c%d@example.com", s.added)}, &struct{}{})
}

// delivered waits until all is told, and wants it told as the account promises.
func (s *steady) delivered() {
	s.t.Helper()
	await(s.t, func() bool { return len(s.left()) == 0 }, func() string { return fmt.Sprintf("lost: %v\n%s", s.left(), s.program.said()) })
	for _, text := range s.account.sum().wrong {
		s.t.Error(text)
	}
}

// refuses wants a start to end with an error that says all of some texts.
func (s *steady) refuses(cmd *exec.Cmd, texts ...string) {
	s.t.Helper()
	p := run(s.t, cmd, s.addr)
	p.end(patience)
	s.says(p, texts...)
}

// says wants a program to have ended with an error that says all of some texts, and nothing of a panic.
func (s *steady) says(p *program, texts ...string) {
	s.t.Helper()
	said := p.said()
	for _, text := range texts {
		if !strings.Contains(said, text) {
			s.t.Errorf("it says nothing of %q, but:\n%s", text, said)
		}
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 1 || strings.Contains(said, "goroutine ") {
		s.t.Errorf("it ends with code %d, want 1 and a message:\n%s", code, said)
	}
}

// alive says whether the program has not ended.
func (s *steady) alive() bool {
	select {
	case <-s.program.ended:
		return false
	default:
		return true
	}
}

// failed wants the program to have ended by itself because its store failed.
func (s *steady) failed() {
	s.t.Helper()
	s.account.end(s.runs)
	if code := s.program.cmd.ProcessState.ExitCode(); code == 0 {
		s.t.Errorf("the program ended with code 0\n%s", s.program.said())
	}
}
