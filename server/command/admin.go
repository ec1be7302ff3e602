package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"net/netip"
	"strings"
	"time"
)

// admin is where whoever runs the machine looks into the process: its profiles, and the level of its log. It has no secrets of its own, so it is
// on an address of its own that only this machine should reach, and off unless one is named. It answers a browser only if that was given the
// address as a number, so that no page of the web can have a name of its own lead here.
type admin struct {
	listener net.Listener // nil = off
	level    *slog.LevelVar
	log      *slog.Logger
}

// Bounds on a request. A profile takes as long as it is asked to, up to adminTime.
const (
	adminTime = 2 * time.Minute
	adminBody = 64 // bytes; the name of a level
)

// openAdmin takes the address; "" is none.
func openAdmin(addr string, level *slog.LevelVar, log *slog.Logger) (*admin, error) {
	a := &admin{level: level, log: log}
	if addr == "" {
		return a, nil
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--admin-addr: %w", err)
	}
	a.listener = listener
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		log.Warn("the admin address asks for no secrets, and other machines can connect: name one of loopback", "addr", listener.Addr().String())
	}
	return a, nil
}

// run answers until ctx ends.
func (a *admin) run(ctx context.Context) error {
	if a.listener == nil {
		return nil
	}
	a.log.Info("admin address", "url", "http://"+a.listener.Addr().String())
	server := &http.Server{Handler: a.handler(), ReadTimeout: 15 * time.Second, WriteTimeout: adminTime, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	defer context.AfterFunc(ctx, func() { _ = server.Close() })()
	if err := server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("admin address: %w", err)
	}
	return nil
}

func (a *admin) close() {
	if a.listener != nil {
		_ = a.listener.Close() // usually closed by then
	}
}

func (a *admin) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index) // the command line, which may hold a password, is not shown
	mux.HandleFunc("GET /debug/pprof/cmdline", http.NotFound)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /log/level", a.showLevel)
	mux.HandleFunc("PUT /log/level", a.setLevel)
	return byNumber(mux)
}

// byNumber refuses requests to a host with a name, but for localhost.
func byNumber(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.Host)
		if err != nil {
			host = r.Host
		}
		if _, err := netip.ParseAddr(strings.Trim(host, "[]")); err != nil && host != "localhost" {
			http.Error(w, "the admin address is asked by its number, like 127.0.0.1, or as localhost", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (a *admin) showLevel(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintln(w, strings.ToLower(a.level.Level().String()))
}

func (a *admin) setLevel(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(io.LimitReader(r.Body, adminBody))
	if err != nil {
		return
	}
	wanted := strings.TrimSpace(string(text))
	if err := checkLevel(wanted); err != nil {
		http.Error(w, fmt.Sprintf("the body should be debug, info, warn or error, is %q", wanted), http.StatusBadRequest)
		return
	}
	was := a.level.Level()
	if err := a.level.UnmarshalText([]byte(wanted)); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.log.Log(r.Context(), max(was, a.level.Level(), slog.LevelInfo), "log level changed", "from", was.String(), "to", a.level.Level().String())
	a.showLevel(w, r)
}
