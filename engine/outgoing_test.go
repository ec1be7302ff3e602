package engine_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// An instance from before the server required https is not lost: its notifications wait, and its callback shows the trouble.
func TestPlainCallbacksFromBeforeHTTPSWasRequired(t *testing.T) {
	t.Parallel()
	w := setup(t)
	in := w.create(w.body("icontact", nil))
	w.stop()
	w.config.HTTPSCallbacks = true
	w.start()
	_, err := w.engine.CreateInstance(context.Background(), w.caller, w.body("icontact", nil))
	var wrong *instance.InvalidError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || wrong.Problems[0].Path != "configuration['event.notification.callback.url']" {
		t.Errorf("a new one: %v, want it refused for its callback URL only", err)
	}
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	await(t, "a callback in trouble", func() bool {
		seen, err := w.engine.Instance(context.Background(), w.caller, in.ID)
		return err == nil && seen.Callback.Faults > 0
	})
	if letters, _, err := w.engine.DeadLetters(context.Background(), w.caller, in.ID, "", 10); err != nil || len(letters) != 0 {
		t.Errorf("dead letters: %v, %v", letters, err)
	}
	w.stop()
	w.config.HTTPSCallbacks = false
	w.start()
	w.receiver.wait(t, 1)
}

// Ranges and proxy arrive where requests are sent.
func TestEgressOfTheConfig(t *testing.T) {
	t.Parallel()
	ranges, err := engine.EgressRanges("127.0.0.1,::1")
	if err != nil {
		t.Fatal(err)
	}
	w := setup(t, func(c *engine.Config) { c.AllowPrivateEgress, c.AllowEgress = false, ranges })
	w.create(w.body("icontact", nil))
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	w.receiver.wait(t, 1)
	w.stop()

	var asked atomic.Int64
	proxy, err := url.Parse(w.serve(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if asked.Add(1); !strings.HasPrefix(r.RequestURI, "http://127.0.0.1:") {
			t.Errorf("the proxy is asked for %s", r.RequestURI)
		}
		rw.WriteHeader(http.StatusServiceUnavailable)
	})))
	if err != nil {
		t.Fatal(err)
	}
	w.config.EgressProxy = proxy
	w.start()
	w.icontact.CreateContact(icontact.Contact{Email: "bob@example.com"})
	await(t, "a request to the proxy", func() bool { return asked.Load() > 0 })
}
