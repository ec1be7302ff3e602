package engine_test

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// recorder is a receiver of notifications in any form. It answers 200 unless told otherwise.
type recorder struct {
	url string

	mu       sync.Mutex
	taken    []post
	inFlight int
	greatest int                                          // number in flight
	answer   func(w http.ResponseWriter, r *http.Request) // instead of 200
	hold     chan struct{}                                // if set, answers wait until it is closed
}

// post is one request as it came.
type post struct {
	header http.Header
	body   string
}

func (w *world) recorder() *recorder {
	r := &recorder{}
	r.url = w.serve(r) + "/hook"
	return r
}

func (r *recorder) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	r.taken = append(r.taken, post{req.Header, string(body)})
	r.inFlight++
	r.greatest = max(r.greatest, r.inFlight)
	answer, hold := r.answer, r.hold
	r.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-req.Context().Done():
		}
	}
	r.mu.Lock()
	r.inFlight--
	r.mu.Unlock()
	if answer != nil {
		answer(w, req)
	}
}

func (r *recorder) set(change func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change()
}

func (r *recorder) posts() []post {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]post(nil), r.taken...)
}

// flight is how many requests are being answered, and how many were at most.
func (r *recorder) flight() (now, most int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inFlight, r.greatest
}

func (r *recorder) wait(t *testing.T, n int) []post {
	t.Helper()
	await(t, "requests to the callback", func() bool { return len(r.posts()) >= n })
	return r.posts()
}

// signedBy tells which of the secrets the standard's own library accepts as that of the request.
func (p post) signedBy(t *testing.T, secrets ...string) string {
	t.Helper()
	var accepted []string
	for _, secret := range secrets {
		v, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		if v.Verify([]byte(p.body), p.header) == nil {
			accepted = append(accepted, secret)
		}
	}
	return strings.Join(accepted, " ")
}

// signatures is how many secrets have signed.
func (p post) signatures() int { return len(strings.Fields(p.header.Get("webhook-signature"))) }
