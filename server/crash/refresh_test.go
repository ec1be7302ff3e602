package crash

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// refreshing is a world whose tokens expire at a word.
type refreshing struct {
	*crash
	added int
}

func newRefreshing(t *testing.T) *refreshing {
	t.Helper()
	if testing.Short() {
		t.Skip("starts the program several times")
	}
	t.Parallel()
	w := newWorld(t)
	w.start()
	w.create()
	r := &refreshing{crash: &crash{world: w, rng: rand.New(rand.NewPCG(*seed, 5)), user: newUser(w, nil)}}
	r.add()
	r.delivered()
	return r
}

// add makes a row at Act-On.
func (r *refreshing) add() {
	r.t.Helper()
	r.added++
	r.control(http.MethodPost, "acton", "records/contacts", map[string]any{"fields": map[string]string{"First Name": fmt.Sprint(r.added)}}, &struct{}{})
}

// killAt has the tokens expire and a row added, and kills the program at a point.
func (r *refreshing) killAt(point string) {
	r.t.Helper()
	r.control(http.MethodPost, "acton", "tokens/expire", nil, &struct{}{})
	r.add()
	if err := r.first(r.arm("acton", point), 0); err != nil {
		r.t.Fatalf("%v\n%s", err, r.program.said())
	}
	r.kill()
	r.start()
}

// delivered waits until all is told, and wants it told as the account promises.
func (r *refreshing) delivered() {
	r.t.Helper()
	await(r.t, func() bool { return len(r.left()) == 0 }, func() string { return fmt.Sprintf("lost: %v\n%s", r.left(), r.program.said()) })
	for _, text := range r.account.sum().wrong {
		r.t.Error(text)
	}
}

// The program dies after a refresh, before the new token is used for the first time: it was stored before its use, so it is not lost.
func TestKilledBetweenRefreshAndUse(t *testing.T) {
	r := newRefreshing(t)
	r.killAt("first page asked")
	r.add()
	r.delivered()
	var tokens struct{ Issued, Refused map[string]int }
	if r.control(http.MethodGet, "acton", "tokens", nil, &tokens); tokens.Issued["refresh_token"] != 1 || len(tokens.Refused) > 0 {
		t.Errorf("%+v, want one refresh and nothing refused", tokens)
	}
}

// The program dies after the provider has rotated the refresh token, before the answer came: nobody has the new one. The instance says that
// it must be authorized again; once it was, everything is told that came meanwhile.
func TestKilledBetweenRotationAndAnswer(t *testing.T) {
	r := newRefreshing(t)
	r.killAt("token done")
	var in struct {
		Valid           bool
		PollingDisabled *struct{ Kind, Message string }
	}
	path := fmt.Sprint("/instances/", r.instances["acton"])
	await(t, func() bool {
		r.must(http.MethodGet, path, nil, &in)
		return in.PollingDisabled != nil
	}, func() string { return "the polling was not stopped\n" + r.program.said() })
	stopped := *in.PollingDisabled
	if in.Valid || stopped.Kind != "auth" || !strings.Contains(stopped.Message, "invalid_grant") ||
		!strings.Contains(stopped.Message, fmt.Sprintf(`"instanceId": %d`, r.instances["acton"])) {
		t.Errorf("valid %v, %+v, want it not valid, for its authorization, with the way out", in.Valid, stopped)
	}
	r.add()
	for deadline := time.Now().Add(patience); in.PollingDisabled != nil && time.Now().Before(deadline); {
		r.user.consent(t.Context())
		in.PollingDisabled = nil
		r.must(http.MethodGet, path, nil, &in)
	}
	r.add()
	r.delivered()
	if r.must(http.MethodGet, path, nil, &in); !in.Valid {
		t.Error("the instance is still shown as not valid")
	}
}
