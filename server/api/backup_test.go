package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// backupEngine takes backups as a test says.
type backupEngine struct {
	fakeEngine
	write func(context.Context, io.Writer) error
	ended chan error // what write returned
}

func (f *backupEngine) Backup(ctx context.Context, _ engine.Caller, w io.Writer) error {
	err := f.write(ctx, w)
	f.ended <- err
	return err
}

func backupWorld(t *testing.T, write func(context.Context, io.Writer) error) (w *world, ended chan error) {
	t.Helper()
	f := &backupEngine{write: write, ended: make(chan error, 1)}
	w = &world{t: t, engine: &f.fakeEngine, log: &logBuffer{}}
	w.url, w.stop = serve(t, Config{Engine: f, Logger: w.log.logger(), WriteTime: 300 * time.Millisecond, Grace: 50 * time.Millisecond})
	return w, f.ended
}

// endless writes until it cannot.
func endless(_ context.Context, w io.Writer) error {
	for {
		if _, err := w.Write(make([]byte, 64<<10)); err != nil {
			return err
		}
	}
}

// A backup takes longer than an answer may: each piece has that time for itself. It is not compressed.
func TestBackupOutlastsAnAnswersTime(t *testing.T) {
	t.Parallel()
	w, _ := backupWorld(t, func(ctx context.Context, out io.Writer) error {
		if _, limited := ctx.Deadline(); limited {
			return errors.New("it has a deadline")
		}
		tick := time.NewTicker(100 * time.Millisecond) // the time is what is tested
		defer tick.Stop()
		for n := range 9 {
			if _, err := fmt.Fprintf(out, "%d %s\n", n, strings.Repeat("x", 1000)); err != nil {
				return err
			}
			<-tick.C
		}
		return nil
	})
	r := w.call(http.MethodGet, "/backup", "", "Accept-Encoding: gzip")
	if lines := strings.Count(r.text, "\n"); r.status != http.StatusOK || lines != 9 || r.header.Get("Content-Type") != mediaBackup || r.header.Get("Content-Encoding") != "" {
		t.Errorf("%d lines, status %d, %v", lines, r.status, r.header)
	}
}

// What fails before the first byte is an answer like any other; what fails later breaks the connection, so that nobody takes a part for the whole.
func TestBackupThatFails(t *testing.T) {
	t.Parallel()
	w, _ := backupWorld(t, func(context.Context, io.Writer) error {
		return &engine.ConflictError{Message: "another backup is being taken"}
	})
	if r := w.call(http.MethodGet, "/backup", ""); r.status != http.StatusConflict || !strings.Contains(r.text, "another backup") {
		t.Errorf("%d %s", r.status, r.text)
	}
	w, _ = backupWorld(t, func(_ context.Context, out io.Writer) error {
		_, _ = io.WriteString(out, strings.Repeat("x", 200<<10))
		return errors.New("the disk fails")
	})
	res := w.reading()
	if text, err := io.ReadAll(res.Body); err == nil {
		t.Errorf("a part of %d bytes is read as the whole", len(text))
	}
	if log := w.log.String(); !strings.Contains(log, "the disk fails") { // which it says before it closes the connection
		t.Errorf("the log does not say why: %s", log)
	}
}

// Nobody waits for a client that reads no more, nor for a backup when the server stops.
func TestBackupEndsWithItsReader(t *testing.T) {
	t.Parallel()
	w, ended := backupWorld(t, endless)
	_ = w.reading() // its head only
	if err := <-ended; err == nil {
		t.Error("it ended well")
	}
	w, ended = backupWorld(t, endless)
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(conn, "GET /backup HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\n\r\n", authorized); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, make([]byte, 1<<20)); err != nil {
		t.Fatal(err)
	}
	_ = conn.Close()
	if err := <-ended; err == nil {
		t.Error("it ended well")
	}
	stopped := make(chan struct{})
	w, ended = backupWorld(t, func(ctx context.Context, out io.Writer) error {
		if _, err := out.Write([]byte("x")); err != nil {
			return err
		}
		close(stopped)
		<-ctx.Done()
		return ctx.Err()
	})
	_ = w.reading()
	<-stopped
	_ = w.stop()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("after a stop: %v", err)
	}
}

// reading begins to read a backup.
func (w *world) reading() *http.Response {
	w.t.Helper()
	req, err := http.NewRequest(http.MethodGet, w.url+"/backup", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", authorized)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}
