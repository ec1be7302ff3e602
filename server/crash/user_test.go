package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// user changes the Act-On instance again and again and looks whether what was answered with 200 is there, also after a kill. It authorizes the
// instance again when a kill has cost the authorization: between the provider's rotation of a refresh token and our knowing it.
type user struct {
	world *world
	rng   *rand.Rand
	asks  chan struct{} // a change is about to be sent

	mu       sync.Mutex
	kept     int // the change that is known to be kept
	changes  int // that were answered
	lost     []string
	consents int
}

func newUser(w *world, rng *rand.Rand) *user {
	return &user{world: w, rng: rng, asks: make(chan struct{})}
}

// nameOf is the name of the instance after a number of changes.
func nameOf(n int) string { return fmt.Sprintf("Changed %d times", n) }

// work goes on until ctx ends.
func (u *user) work(ctx context.Context) {
	for n := 1; ctx.Err() == nil; n++ {
		u.change(ctx, n)
		u.look(ctx, n)
		pause(100 * time.Millisecond)
	}
}

// change sends the n-th change. Without an answer of 200 nobody knows whether it was made.
func (u *user) change(ctx context.Context, n int) {
	select {
	case u.asks <- struct{}{}:
	default:
	}
	var in struct{ Name string }
	_, err := u.world.ask(ctx, http.MethodPatch, u.path(), map[string]any{"name": nameOf(n), "configuration": map[string]any{
		"event.notification.batch": fmt.Sprint(1 + u.rng.IntN(10)), "event.notification.lanes": fmt.Sprint(1 + u.rng.IntN(6))}}, &in)
	if err != nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.changes++
	u.kept = n
	if in.Name != nameOf(n) {
		u.lost = append(u.lost, fmt.Sprintf("change %d is answered with %q", n, in.Name))
	}
}

// look waits until the instance can be read, and wants it as the last change that was answered left it, or as one since then wanted it.
func (u *user) look(ctx context.Context, tried int) {
	var in struct {
		Name            string
		PollingDisabled *struct{ Kind, Message string }
	}
	for {
		_, err := u.world.ask(ctx, http.MethodGet, u.path(), nil, &in)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		pause(20 * time.Millisecond)
	}
	var now int
	_, err := fmt.Sscanf(in.Name, nameOf(0)[:len("Changed ")]+"%d times", &now)
	u.mu.Lock()
	if err != nil || now < u.kept || now > tried {
		u.lost = append(u.lost, fmt.Sprintf("the instance is %q, although change %d was answered and %d was the last that was asked for", in.Name, u.kept, tried))
	}
	u.kept = now
	u.mu.Unlock()
	if in.PollingDisabled != nil {
		u.consent(ctx)
	}
}

func (u *user) path() string { return fmt.Sprint("/instances/", u.world.instances["acton"]) }

// consent walks through the provider's page and back, if the program lives long enough.
func (u *user) consent(ctx context.Context) {
	var address struct{ OAuthURL string }
	body := map[string]any{"instanceId": u.world.instances["acton"], "callbackUrl": "http://" + u.world.addr + "/oauth/callback"}
	if _, err := u.world.ask(ctx, http.MethodPost, "/elements/acton/oauth/url", body, &address); err != nil {
		return
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address.OAuthURL, nil)
	if err != nil {
		return
	}
	req.Header.Set("Accept", "text/html")
	res, err := u.world.client.Do(req) // the provider sends the browser back at once
	if err != nil {
		return
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode == http.StatusOK && strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.consents++
	}
}

// sum is how many changes were answered, which of them are lost, and how often the instance had to be authorized again.
func (u *user) sum() (changes int, lost []string, consents int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.changes, u.lost, u.consents
}
