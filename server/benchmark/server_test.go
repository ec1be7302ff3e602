//go:build unix

package benchmark

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// server is `pollwright serve` in a process of its own, as far as its REST API tells of it.
type server struct {
	*process
	url, dir string
	client   *http.Client
}

// secrets are those of the first organization and user.
var secrets = []string{"POLLWRIGHT_ORGANIZATION_SECRET=the-organization-of-the-benchmark", "POLLWRIGHT_USER_SECRET=the-user-of-the-benchmark"}

// serve starts a server on a data folder and waits until it works; took is how long that was.
func serve(t *testing.T, dir string, flags ...string) (s *server, took time.Duration) {
	t.Helper()
	address := beside.Address(t)
	exe, role := *binary, ""
	if exe == "" || *profile != "" {
		exe, role = testBinary(t), "server"
	}
	cmd := exec.Command(exe, append([]string{"serve", "--addr", address, "--data", dir, "--allow-private-egress", "--log-level", "warn",
		"--first-poll-wait", "0s"}, slices.Concat(flags, strings.Fields(*moreFlags))...)...)
	began := time.Now()
	s = &server{url: "http://" + address, dir: dir, client: &http.Client{Timeout: 30 * time.Second}}
	cmd.Env = slices.Concat(os.Environ(), secrets, beside.As(role, *profile))
	s.process = &process{Process: beside.Run(t, "server", cmd), t: t}
	t.Cleanup(s.stop)
	for {
		if status, _, err := s.call(http.MethodGet, "/readyz", nil); err == nil && status == http.StatusOK {
			return s, time.Since(began)
		}
		if time.Since(began) > 10*time.Minute {
			t.Fatal("the server did not get ready")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func testBinary(t *testing.T) string {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

// dataFolder is for a server; it goes with the test.
func dataFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(*folder, "pollwright-bench-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return filepath.Join(dir, "data")
}

func (s *server) call(method, path string, body []byte) (status int, answer []byte, err error) {
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Authorization", "User the-user-of-the-benchmark, Organization the-organization-of-the-benchmark")
	req.Header.Set("Content-Type", "application/json")
	res, err := s.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// wish is what instances of a benchmark are like.
type wish struct {
	provider, sink string // URLs
	every          time.Duration
	batch          int
}

// body is that of a POST which watches one account.
func (w wish) body(account int) []byte {
	text, _ := json.Marshal(map[string]any{
		"element": map[string]any{"key": "icontact"}, "name": fmt.Sprint("Account ", account),
		"configuration": map[string]any{
			"base.url": w.provider, "AppID": "app", "api.username": "user", "api.password": "password", "account.id": fmt.Sprint(account), "client.folder.id": "1",
			"event.notification.enabled": true, "event.notification.callback.url": w.sink, "event.notification.batch": w.batch,
			"event.poller.refresh_interval": fmt.Sprint(w.every.Minutes()), "event.poller.overlap": "1",
			"event.poller.configuration": map[string]any{"contacts": map[string]any{"url": "/hubs/marketing/contacts", "pageSize": pageLimit}},
		},
	})
	return text
}

// create makes instances, a few at a time, and returns their ids.
func (s *server) create(w wish, first, n int) []int64 {
	s.t.Helper()
	ids := make([]int64, n)
	next := make(chan int)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range next {
				id, err := s.createOne(w.body(first + i))
				if err != nil {
					s.t.Error(err)
				}
				ids[i] = id
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	all.Wait()
	return ids
}

func (s *server) createOne(body []byte) (int64, error) {
	status, answer, err := s.call(http.MethodPost, "/instances", body)
	if err != nil {
		return 0, err
	}
	var made struct{ ID int64 }
	if err := json.Unmarshal(answer, &made); err != nil || status != http.StatusOK {
		return 0, fmt.Errorf("POST /instances: %d %s", status, answer)
	}
	return made.ID, nil
}

func (s *server) remove(id int64) error {
	status, answer, err := s.call(http.MethodDelete, fmt.Sprint("/instances/", id), nil)
	if err == nil && status != http.StatusOK {
		err = fmt.Errorf("DELETE /instances/%d: %d %s", id, status, answer)
	}
	return err
}

// stop ends the server. A connection that the client opened and never used would hold it up.
func (s *server) stop() {
	s.client.CloseIdleConnections()
	if err := s.process.stop(); err != nil {
		s.process.t.Errorf("server: %v", err)
	}
}
