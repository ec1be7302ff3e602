package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// errStalled ends a backup that does not go on.
var errStalled = fmt.Errorf("nothing came for %v", remoteTime)

// Backup takes as long as it goes on: a silence of remoteTime ends it.
func (r *remote) Backup(ctx context.Context, w io.Writer) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	patience := time.AfterFunc(remoteTime, func() { cancel(errStalled) })
	defer patience.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, r.base+"/backup", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", r.header)
	req.Header.Set("Accept-Encoding", "identity")
	res, err := (&http.Client{CheckRedirect: r.client.CheckRedirect}).Do(req)
	if err != nil {
		return r.unanswered(err)
	}
	defer func() { _ = res.Body.Close() }()
	if res.StatusCode != http.StatusOK {
		answer, _ := io.ReadAll(io.LimitReader(res.Body, remoteSize))
		return refusedBy(res, answer)
	}
	if kind := res.Header.Get("Content-Type"); kind != "application/vnd.pollwright.backup" {
		return fmt.Errorf("what answers at %s is not a Pollwright server: it sends %q", r.base, kind)
	}
	piece := make([]byte, 64<<10)
	if _, err := io.CopyBuffer(onlyWriter{w}, progress{res.Body, patience}, piece); err != nil {
		if errors.Is(context.Cause(ctx), errStalled) {
			err = errStalled
		}
		return fmt.Errorf("the backup broke off: %w; the server's log may say why", err)
	}
	return nil
}

// progress puts off the end of the patience whenever something comes.
type progress struct {
	io.Reader
	patience *time.Timer
}

func (p progress) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if n > 0 {
		p.patience.Reset(remoteTime)
	}
	return n, err
}

// onlyWriter hides that a file can read for itself, in pieces of its own choice.
type onlyWriter struct{ io.Writer }
