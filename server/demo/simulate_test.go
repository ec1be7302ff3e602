package demo

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// heard is what a simulation says, while it goes on.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // something was said
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case h.more <- struct{}{}:
	default:
	}
	return h.text.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// A simulation says how it is polled, serves it, changes by itself, tells each request, and ends with its context.
func TestSimulate(t *testing.T) {
	t.Parallel()
	for key, c := range map[string]struct{ ask, says string }{
		"icontact": {"/icp/a", "api.password       demo-password"},
		"acton":    {"/authorize?response_type=code&client_id=demo-client&redirect_uri=http://127.0.0.1/back", "oauth.api.key      demo-client"},
	} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			said, ended := &heard{more: make(chan struct{}, 1)}, make(chan error, 1)
			go func() {
				ended <- Simulate(ctx, Simulation{Provider: key, Addr: loopback, Every: 10 * time.Millisecond, Out: said})
			}()
			_, rest, _ := strings.Cut(until(t, said, "is a line here."), "listens at ")
			url, _, _ := strings.Cut(rest, ". ")
			if !strings.Contains(rest, c.says) || !strings.Contains(rest, "base.url           "+url) {
				t.Errorf("it says\n%s", rest)
			}
			res, err := http.Get(url + c.ask)
			if err != nil {
				t.Fatal(err)
			}
			_ = res.Body.Close()
			until(t, said, "  GET "+c.ask+"  ")
			late := time.Now().Add(time.Minute)
			for first := ledger(t, url); ledger(t, url) == first; { // it changes by itself
				if time.Now().After(late) {
					t.Fatal("nothing changes by itself")
				}
			}
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// until waits for a text.
func until(t *testing.T, said *heard, text string) string {
	t.Helper()
	for late := time.After(time.Minute); !strings.Contains(said.String(), text); {
		select {
		case <-said.more:
		case <-late:
			t.Fatalf("it does not say %q:\n%s", text, said)
		}
	}
	return said.String()
}

func ledger(t *testing.T, url string) string {
	t.Helper()
	res, err := http.Get(url + "/_sim/ledger")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(res.Body); err != nil {
		t.Fatal(err)
	}
	return body.String()
}

func TestSimulationsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for says, s := range map[string]Simulation{
		"want acton or icontact":  {Provider: "salesforce", Addr: loopback},
		"not one of loopback":     {Provider: "acton", Addr: "0.0.0.0:0"},
		"want 0 or more":          {Provider: "acton", Addr: loopback, Every: -1},
		"missing port in address": {Provider: "acton", Addr: "127.0.0.1"},
	} {
		if err := Simulate(t.Context(), s); !errors.Is(err, ErrSimulation) || !strings.Contains(err.Error(), says) {
			t.Errorf("%+v: %v, want %q", s, err, says)
		}
	}
}
