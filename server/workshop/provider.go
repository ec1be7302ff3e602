package workshop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"time"
)

// ServeFake serves the fake provider of a project's folder on an address until ctx ends, for instances of a server. POST /_change has its
// records change as its file says.
func (s Shop) ServeFake(ctx context.Context, dir, address string) error {
	f, err := openFake(filepath.Join(dir, FakeFile), time.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.say("the fake provider listens on http://%s; POST /_change lets its records change", listener.Addr())
	s.say("configuration of an instance:")
	s.say("  %s = http://%s (and the path that the manifest's base URL has)", baseURL, listener.Addr())
	for _, key := range slices.Sorted(maps.Keys(f.Config)) {
		s.say("  %s = %s", key, f.Config[key])
	}
	mux := http.NewServeMux()
	mux.Handle("/", f)
	mux.HandleFunc("POST /_change", f.changeNow)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }() // both ends below wait for it
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	err = server.Close()
	if why := <-ended; !errors.Is(why, http.ErrServerClosed) {
		err = errors.Join(err, why)
	}
	return err
}

func (f *fake) changeNow(w http.ResponseWriter, _ *http.Request) {
	said, err := f.change()
	for _, line := range said {
		_, _ = fmt.Fprintln(w, line)
	}
	if err != nil {
		_, _ = fmt.Fprintln(w, err)
	}
}
