package simkit

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxBody bounds the body of a request.
const maxBody = 1 << 20

// Config configures a Kit.
type Config struct {
	// Provider serves the provider's API. Its ResponseWriter is a buffer.
	Provider http.Handler
	// Target carries out the control API's mutations.
	Target Target
	// ErrorBody is the provider's answer to an error for which a fault gave a status and no body.
	ErrorBody func(status int) (contentType string, body []byte)
	// Now is the base of the provider's clock; nil is time.Now.
	Now func() time.Time
	// Seed makes garbage bytes and the control API's steps repeatable.
	Seed uint64
	// LogSize is how many requests are remembered; 0 is 10,000.
	LogSize int
}

// Kit stands in front of a simulator: it answers /_sim/ itself, lets faults hit the other requests, logs
// them, and stamps each answer with the Date of the provider's clock. It is safe for concurrent use.
type Kit struct {
	Clock    *Clock
	Ledger   *Ledger
	Requests *RequestLog
	Faults   *Faults

	config  Config
	control *http.ServeMux
	rngMu   sync.Mutex
	rng     *rand.Rand
}

// New builds a Kit. Provider, Target and ErrorBody must be set.
func New(c Config) *Kit {
	k := &Kit{
		Clock:    NewClock(c.Now),
		Ledger:   &Ledger{},
		Requests: NewRequestLog(c.LogSize),
		Faults:   &Faults{},
		config:   c,
		control:  http.NewServeMux(),
		rng:      rand.New(rand.NewPCG(c.Seed, 0x51)),
	}
	k.routes()
	return k
}

// ServeHTTP serves the provider's API and, under /_sim/, the control API. A connection is cut by a panic
// with http.ErrAbortHandler, which net/http's server turns into just that.
func (k *Kit) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	if r.URL.Path == "/_sim" || strings.HasPrefix(r.URL.Path, "/_sim/") {
		k.serveControl(w, r)
		return
	}
	k.Requests.arrived(r.URL.Path)
	fault, hit := k.Faults.take(r)
	wait(r.Context(), fault.Delay)
	if fault.Cut == CutBefore {
		k.log(r, 0, hit)
		panic(http.ErrAbortHandler)
	}
	a := k.answer(r, fault)
	wait(r.Context(), fault.Hold)
	k.finish(w, r, a, fault, hit)
}

// answer asks the provider's API, unless the fault has the answer.
func (k *Kit) answer(r *http.Request, f Fault) *answer {
	a := newAnswer()
	a.header.Set("Date", k.Clock.Now().UTC().Format(http.TimeFormat))
	switch {
	case f.Status != 0 || f.Body != "":
		k.faulty(a, f)
	default:
		k.config.Provider.ServeHTTP(a, r)
	}
	switch f.Garbage {
	case GarbageBytes:
		a.set(max(a.status, http.StatusOK), "application/octet-stream", k.noise(512))
	case GarbageHTML:
		a.set(max(a.status, http.StatusOK), "text/html", []byte("<html><body><h1>502 Bad Gateway</h1></body></html>\n"))
	case GarbageTruncated:
		a.body = a.body[:len(a.body)/2]
	}
	for name, value := range f.Header {
		if a.header.Set(name, value); value == "" {
			a.header[http.CanonicalHeaderKey(name)] = nil // also keeps net/http from adding its own Date
		}
	}
	return a
}

func (k *Kit) faulty(a *answer, f Fault) {
	status := max(f.Status, http.StatusOK)
	contentType, body := k.config.ErrorBody(status)
	if f.Body != "" {
		body = []byte(f.Body)
	}
	a.set(status, contentType, body)
}

// finish logs the request and then writes or cuts the answer.
func (k *Kit) finish(w http.ResponseWriter, r *http.Request, a *answer, f Fault, hit bool) {
	switch f.Cut {
	case CutAfter:
		k.log(r, 0, hit)
		panic(http.ErrAbortHandler)
	case CutMiddle:
		k.log(r, 0, hit)
		a.send(w, len(a.body)/2)
		_ = http.NewResponseController(w).Flush() // the half must leave before the cut
		panic(http.ErrAbortHandler)
	default:
		k.log(r, max(a.status, http.StatusOK), hit)
		a.send(w, len(a.body))
	}
}

func (k *Kit) log(r *http.Request, status int, fault bool) {
	k.Requests.add(Request{
		At: Time{k.Clock.Now()}, Method: r.Method, Path: r.URL.Path, Query: r.URL.RawQuery, Status: status, Fault: fault,
	})
}

func (k *Kit) noise(n int) []byte {
	k.rngMu.Lock()
	defer k.rngMu.Unlock()
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(k.rng.Uint32())
	}
	return b
}

// wait returns after d, or when the client has left.
func wait(ctx context.Context, d Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(time.Duration(d))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
