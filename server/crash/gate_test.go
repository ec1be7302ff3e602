package crash

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long a test waits for what must come. It is long because the machine may be busy; nothing is expected to take it.
const patience = 90 * time.Second

// gate stops the next request that comes to a point, so that a kill finds it there.
type gate struct {
	mu      sync.Mutex
	point   string
	reached chan struct{}
}

// arm answers POST /_gate?point=... when a request has come to the point.
func (g *gate) arm(w http.ResponseWriter, r *http.Request) {
	reached := g.set(r.URL.Query().Get("point"))
	defer g.set("")
	select {
	case <-reached:
	case <-r.Context().Done():
	case <-time.After(patience):
		w.WriteHeader(http.StatusRequestTimeout)
	}
}

func (g *gate) set(point string) chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.point, g.reached = point, make(chan struct{})
	return g.reached
}

// pass is where a request comes to a point. One that was waited for goes no further: it ends with its connection. Behind its answer there is
// nothing to hold.
func (g *gate) pass(r *http.Request, point string) {
	g.mu.Lock()
	awaited := g.point == point
	if awaited {
		g.point = ""
		close(g.reached)
	}
	g.mu.Unlock()
	if !awaited || strings.HasSuffix(point, " answered") {
		return
	}
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// provider is a simulator behind a gate. Its points are "page", "first page" (after a token was given), "later page" (in the midst of a scan by
// content) and "token" (what is asked for), each asked, done (what was asked for is done and not answered), half (of the answer is sent) and
// answered.
type provider struct {
	gate
	vanisher
	next  http.Handler
	fresh atomic.Bool // a token was given, and not used
}

func newProvider(next http.Handler) *provider {
	return &provider{next: next, vanisher: vanisher{gone: map[string]bool{}}}
}

func (p *provider) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	what := "page"
	switch path := r.URL.Path; {
	case path == "/_gate":
		p.gate.arm(w, r)
		return
	case path == "/_vanish":
		p.vanisher.arm(w, r)
		return
	case strings.HasPrefix(path, "/_sim/"), path == "/authorize":
		p.next.ServeHTTP(w, r)
		return
	case path == "/token":
		what = "token"
		p.fresh.Store(true)
	case p.fresh.CompareAndSwap(true, false):
		what = "first page"
	case isLaterPage(r.URL):
		what = "later page"
	}
	body, err := io.ReadAll(r.Body) // only then does the end of the connection show
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	p.pass(r, what+" asked")
	answer := httptest.NewRecorder()
	p.next.ServeHTTP(answer, r)
	p.pass(r, what+" done")
	text := p.hide(p.next, r, answer.Body.Bytes())
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	w.WriteHeader(answer.Code)
	send(w, text[:len(text)/2])
	p.pass(r, what+" half")
	send(w, text[len(text)/2:])
	p.pass(r, what+" answered")
}

func send(w http.ResponseWriter, text []byte) {
	_, _ = w.Write(text)
	_ = http.NewResponseController(w).Flush()
}
