package deliver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

// hostile is a receiver that does harm, and what its attempts are to say.
type hostile struct {
	name   string
	scheme string
	play   func(c net.Conn, done <-chan struct{}) error
	fault  Fault
	cut    Fault
	status int
}

// drip sends what it has one byte a second.
func drip(c net.Conn, text string, done <-chan struct{}) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-done:
			return nil
		case <-tick.C:
		}
		if _, err := c.Write([]byte{text[i%len(text)]}); err != nil {
			return err
		}
	}
}

// readRequest reads one whole request.
func readRequest(c net.Conn) error {
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err
}

// after plays once a request was read.
func after(play func(c net.Conn, done <-chan struct{}) error) func(net.Conn, <-chan struct{}) error {
	return func(c net.Conn, done <-chan struct{}) error {
		if err := readRequest(c); err != nil {
			return err
		}
		return play(c, done)
	}
}

// flood writes a text for ever, or so many bytes of it.
func flood(c net.Conn, text []byte, bytes int) error {
	for sent := 0; bytes == 0 || sent < bytes; sent += len(text) {
		if _, err := c.Write(text); err != nil {
			return err
		}
	}
	return nil
}

func hostiles() []hostile {
	return []hostile{
		{name: "one byte of the header a second", fault: FaultTimeout, play: after(func(c net.Conn, done <-chan struct{}) error {
			return drip(c, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", 1000), done)
		})},
		{name: "one byte of the body a second", status: 200, cut: FaultTimeout, play: after(func(c net.Conn, done <-chan struct{}) error {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
			return drip(c, "a", done)
		})},
		{name: "endless body", status: 200, cut: FaultOversized, play: after(func(c net.Conn, _ <-chan struct{}) error {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			return flood(c, bytes.Repeat([]byte("a"), 4096), 0)
		})},
		{name: "10 MB of header", fault: FaultOversized, play: after(func(c net.Conn, _ <-chan struct{}) error {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			return flood(c, []byte("X-A: "+strings.Repeat("a", 1000)+"\r\n"), 10<<20)
		})},
		{name: "redirect loop", status: 302, fault: FaultStatus, play: after(func(c net.Conn, _ <-chan struct{}) error {
			_, err := fmt.Fprintf(c, "HTTP/1.1 302 Found\r\nLocation: http://%s/again\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", c.LocalAddr())
			return err
		})},
		{name: "reset after accept", fault: FaultReset, play: func(c net.Conn, _ <-chan struct{}) error {
			_, _ = c.Read(make([]byte, 1))       // a reset that is quicker than the end of dialling is told as a fault of connecting
			return c.(*net.TCPConn).SetLinger(0) // the close sends a reset
		}},
		{name: "no answer", fault: FaultTimeout, play: func(_ net.Conn, done <-chan struct{}) error { <-done; return nil }},
		{name: "TLS garbage", scheme: "https", fault: FaultTLS, play: func(c net.Conn, done <-chan struct{}) error {
			_, err := c.Write(bytes.Repeat([]byte{0x16, 0x03, 0x03, 0xff, 0xff, 0x00}, 100))
			_, _ = io.Copy(io.Discard, c)
			return err
		}},
	}
}

// listen starts a hostile receiver and gives its URL. It ends with the test.
func (h hostile) listen(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() { cancel(); _ = l.Close(); running.Wait() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = c.Close() })()
				_ = c.(*net.TCPConn).SetWriteBuffer(4096) // what a flood costs its sender is not what is measured
				_ = h.play(c, ctx.Done())
				_ = c.Close()
			})
		}
	})
	scheme := h.scheme
	if scheme == "" {
		scheme = "http"
	}
	return scheme + "://" + l.Addr().String() + "/"
}

// guarded posts as the engine does.
type guarded struct{ client *egress.Client }

func (g guarded) Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	res, err := g.client.Post(ctx, egress.Callback{URL: url, Header: header, Body: body})
	if err != nil {
		return Answer{}, err
	}
	return Answer{Status: res.Status, Header: res.Header, Body: res.Body, Cut: res.Cut}, nil
}

func newGuarded(t testing.TB) guarded {
	client, err := egress.New(egress.Config{AllowPrivate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return guarded{client}
}

// urlsOf are targets by instance name up to "/".
type urlsOf map[string]string

func (u urlsOf) Target(_ context.Context, instance string) (Target, error) {
	name, _, _ := strings.Cut(instance, "/")
	return Target{URL: u[name], Enabled: true}, nil
}

// put stores rows of an instance in a lane.
func put(t testing.TB, s store.Store, instance string, lane uint16, ids ...string) []store.Seq {
	t.Helper()
	rows := make([]store.Notification, len(ids))
	for i, id := range ids {
		rows[i] = store.Notification{
			Lane: store.Lane{Instance: instance, Number: lane}, ID: id, Meta: Meta{Events: 1, Resource: "contacts", Formed: time.Now()}.encode(),
			Payload: bytes.Repeat([]byte("x"), 1000),
		}
	}
	out, err := store.One(s.Commit(t.Context(), store.Change{Emit: rows}))
	if err != nil {
		t.Error(err)
	}
	return out.Seqs
}

// Every hostile receiver is contained with its name for the harm, while a healthy one beside them all gets what is for it.
func TestHostileReceiversAreContained(t *testing.T) {
	t.Parallel()
	const lanes, rows = 4, 100
	got := make(chan string, lanes*rows)
	healthy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("webhook-id") }))
	defer healthy.Close()
	urls, stored := urlsOf{"healthy": healthy.URL}, memstore.New(nil)
	all := hostiles()
	for _, h := range all {
		urls[h.name] = h.listen(t)
		for instance := range 2 {
			for lane := range uint16(lanes) {
				name := fmt.Sprint(h.name, "/", instance)
				put(t, stored, name, lane, names(fmt.Sprint(name, lane), 50)...)
			}
		}
	}
	attempts := make(chan Attempt, 1<<16)
	s, err := New(Config{
		Store: stored, Targets: urls, Poster: newGuarded(t), Workers: 16, HostWorkers: 2, Timeout: 1500 * time.Millisecond,
		Backoff: Backoff{First: 10 * time.Millisecond, Cap: 50 * time.Millisecond}, OnAttempt: func(a Attempt) { attempts <- a },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	// The healthy one comes when every hostile one is at it.
	begun := map[string]bool{}
	check := func(a Attempt) {
		name, _, _ := strings.Cut(a.Instance, "/")
		begun[name] = true
		for _, h := range all {
			if h.name == name && (a.Fault != h.fault || a.Cut != h.cut || a.Status != h.status) {
				t.Errorf("%s: fault %q, cut %q, status %d, %v; want %q, %q, %d", name, a.Fault, a.Cut, a.Status, a.Err, h.fault, h.cut, h.status)
			}
		}
	}
	late := time.After(30 * time.Second)
	for len(begun) < len(all) {
		select {
		case a := <-attempts:
			check(a)
		case <-late:
			t.Fatalf("only these had an attempt in 30 s: %v", begun)
		}
	}
	for lane := range uint16(lanes) {
		s.Wake(store.Lane{Instance: "healthy", Number: lane}, put(t, stored, "healthy", lane, names(fmt.Sprint("healthy", lane), rows)...))
	}
	for n := range lanes * rows {
		select {
		case <-got:
		case <-late:
			t.Fatalf("the healthy one got %d of %d within 30 s", n, lanes*rows)
		}
	}
	if s.Stats().Waiting < 50*lanes*2 {
		t.Error("the hostile ones were done before")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	close(attempts)
	for a := range attempts {
		check(a)
	}
}
