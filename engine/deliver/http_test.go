package deliver

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/engine/store/memstore"
)

const receiverKey = "abcd1234efgh5678"

// receiver is a customer's endpoint: it verifies by its own code and refuses the first request.
type receiver struct {
	t     *testing.T
	mu    sync.Mutex
	calls int
	got   []string
	done  chan struct{}
	want  int
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	if err != nil {
		r.t.Error(err)
	}
	mac := hmac.New(sha256.New, []byte(receiverKey))
	mac.Write(body)
	if want := "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil)); req.Header.Get("Elements-Webhook-Signature") != want {
		r.t.Errorf("signature %q, want %q", req.Header.Get("Elements-Webhook-Signature"), want)
	}
	var e envelope
	if err := json.Unmarshal(body, &e); err != nil {
		r.t.Error(err)
	}
	if id := req.Header.Get("webhook-id"); id != e.Message.EventID || id != req.Header.Get("Elements-Webhook-Id") {
		r.t.Errorf("webhook-id %q of notification %q", id, e.Message.EventID)
	}
	if req.Method != http.MethodPost || req.Header.Get("Content-Type") != "application/json" || req.ContentLength != int64(len(body)) {
		r.t.Errorf("%s, %v, %d bytes", req.Method, req.Header, req.ContentLength)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls++; r.calls == 1 {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	for _, event := range e.Message.Events {
		r.got = append(r.got, event.ObjectID)
	}
	if len(r.got) == r.want {
		close(r.done)
	}
}

type netPoster struct{ client *http.Client }

func (n netPoster) Post(ctx context.Context, url string, header http.Header, body []byte) (Answer, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return Answer{}, err
	}
	req.Header = header
	res, err := n.client.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<10))
	return Answer{Status: res.StatusCode, Header: res.Header, Body: text}, err
}

type oneTarget struct{ is Target }

func (o oneTarget) Target(context.Context, string) (Target, error) { return o.is, nil }

func TestRealHTTP(t *testing.T) {
	t.Parallel()
	r := &receiver{t: t, done: make(chan struct{}), want: 25}
	server := httptest.NewServer(r)
	defer server.Close()
	stored := memstore.New(nil)
	s, err := New(Config{
		Store: stored, Poster: netPoster{server.Client()}, Backoff: Backoff{First: time.Millisecond},
		Targets: oneTarget{Target{URL: server.URL + "/callback", SignatureKey: []byte(receiverKey), Enabled: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := store.One(stored.Commit(t.Context(), store.Change{Emit: Form(source(), contacts(25))}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	s.Wake(store.Lane{Instance: "42"}, out.Seqs)
	select {
	case <-r.done:
	case <-time.After(20 * time.Second):
		t.Error("25 events did not arrive in 20 s")
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for i, c := range contacts(25) {
		if i >= len(r.got) || r.got[i] != c.ObjectID {
			t.Fatalf("events arrived as %v", r.got)
		}
	}
	if backlogs, err := stored.Backlogs(t.Context()); err != nil || len(backlogs) != 0 {
		t.Errorf("left over: %v, %v", backlogs, err)
	}
}
