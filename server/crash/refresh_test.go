package crash

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// killAt has the tokens expire and a row added, and kills the program at a point.
func (s *steady) killAt(point string) {
	s.t.Helper()
	s.control(http.MethodPost, "acton", "tokens/expire", nil, &struct{}{})
	s.add()
	if err := s.first(s.arm("acton", point), 0); err != nil {
		s.t.Fatalf("%v\n%s", err, s.program.said())
	}
	s.kill()
	s.start()
}

// The program dies after a refresh, before the new token is used for the first time: it was stored before its use, so it is not lost.
func TestKilledBetweenRefreshAndUse(t *testing.T) {
	s := newSteady(t, nil)
	s.killAt("first page asked")
	s.add()
	s.delivered()
	var tokens struct{ Issued, Refused map[string]int }
	if s.control(http.MethodGet, "acton", "tokens", nil, &tokens); tokens.Issued["refresh_token"] != 1 || len(tokens.Refused) > 0 {
		t.Errorf("%+v, want one refresh and nothing refused", tokens)
	}
}

// The program dies after the provider has rotated the refresh token, before the answer came: nobody has the new one. The instance says that
// it must be authorized again; once it was, everything is told that came meanwhile.
func TestKilledBetweenRotationAndAnswer(t *testing.T) {
	s := newSteady(t, nil)
	s.killAt("token done")
	var in struct {
		Valid           bool
		PollingDisabled *struct{ Kind, Message string }
	}
	path := fmt.Sprint("/instances/", s.instances["acton"])
	await(t, func() bool {
		s.must(http.MethodGet, path, nil, &in)
		return in.PollingDisabled != nil
	}, func() string { return "the polling was not stopped\n" + s.program.said() })
	stopped := *in.PollingDisabled
	if in.Valid || stopped.Kind != "auth" || !strings.Contains(stopped.Message, "invalid_grant") ||
		!strings.Contains(stopped.Message, fmt.Sprintf(`"instanceId": %d`, s.instances["acton"])) {
		t.Errorf("valid %v, %+v, want it not valid, for its authorization, with the way out", in.Valid, stopped)
	}
	s.add()
	for deadline := time.Now().Add(patience); in.PollingDisabled != nil && time.Now().Before(deadline); {
		s.user.consent(t.Context())
		in.PollingDisabled = nil
		s.must(http.MethodGet, path, nil, &in)
	}
	s.add()
	s.delivered()
	if s.must(http.MethodGet, path, nil, &in); !in.Valid {
		t.Error("the instance is still shown as not valid")
	}
}
