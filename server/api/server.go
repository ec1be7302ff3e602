package api

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"
)

// Bounds on a request, so that a slow or greedy client cannot hold the server.
const (
	bodyLimit   = 1 << 20 // bytes
	headerLimit = 16 << 10
	readTime    = 15 * time.Second // a whole request, by default
	writeTime   = 30 * time.Second // a whole answer, by default
	idleTime    = 75 * time.Second // between two requests of a connection
	workTime    = 30 * time.Second // what the engine does for a request
)

// Config of a Server. Engine and Logger are required.
type Config struct {
	Engine  Engine
	Logger  *slog.Logger
	Version string // shown by /healthz
	// Grace is how long requests under way may go on after a stop. Default 5 s.
	Grace time.Duration
	// Origins are those of web pages that may call the API from a browser (CORS), like "https://app.example.com". None by default.
	Origins []string
	// LoginFailures is how many requests with wrong secrets of one address within a minute have it not heard for the rest of that. Default 10;
	// negative: any number.
	LoginFailures int
	// Proxies are the ranges of reverse proxies whose X-Forwarded-For is believed. None by default.
	Proxies []netip.Prefix
	// ReadTime is how long a request may take to arrive. Default 15 s.
	ReadTime time.Duration
	// WriteTime is how long an answer may take to be read, or a piece of one that is written while it is sent. Default 30 s.
	WriteTime time.Duration
	// Console, if set, adds its routes below /console.
	Console func(fiber.Router, Door)
}

// Server answers the REST API. It is safe to Serve it on several listeners.
type Server struct {
	engine  Engine
	log     *slog.Logger
	version string
	grace   time.Duration
	origins []string
	reading time.Duration
	writing time.Duration
	logins  *logins
	proxies proxies
	console func(fiber.Router, Door)
	stop    func() // who waits for something new goes away
	stopped <-chan struct{}
}

// New checks the config. Nothing is listened to before Serve.
func New(config Config) (*Server, error) {
	var faults []error
	if config.Engine == nil {
		faults = append(faults, errors.New("field Engine is missing"))
	}
	if config.Logger == nil {
		faults = append(faults, errors.New("field Logger is missing"))
	}
	for _, origin := range config.Origins {
		if err := CheckOrigin(origin); err != nil {
			faults = append(faults, fmt.Errorf("field Origins: %w", err))
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, fmt.Errorf("api config: %w", err)
	}
	if config.Grace == 0 {
		config.Grace = 5 * time.Second
	}
	if config.ReadTime == 0 {
		config.ReadTime = readTime
	}
	if config.WriteTime == 0 {
		config.WriteTime = writeTime
	}
	if config.LoginFailures == 0 {
		config.LoginFailures = loginFailures
	}
	stopped, stop := context.WithCancel(context.Background())
	return &Server{config.Engine, config.Logger, config.Version, config.Grace, config.Origins, config.ReadTime, config.WriteTime,
		newLogins(max(config.LoginFailures, 0)), config.Proxies, config.Console, stop, stopped.Done()}, nil
}

// Serve answers requests until ctx ends, then lets those under way finish for Grace. It owns the listener and returns when the last
// connection is done with; the error is nil after a stop in time.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	work, abandon := context.WithCancel(context.WithoutCancel(ctx))
	defer abandon()
	app := s.app(work)
	serving, ended := context.WithCancel(ctx)
	stopped := make(chan error, 1)
	silent := &silentConns{}
	go func() {
		<-serving.Done()
		s.stop()
		silent.end()
		err := app.ShutdownWithTimeout(s.grace)
		abandon()
		_ = listener.Close() // Shutdown leaves it open if it came before the first Accept
		stopped <- err
	}()
	err := app.Listener(lingeringListener{silentListener{patientListener{listener, s.log}, silent}})
	ended()
	if late := <-stopped; errors.Is(late, context.DeadlineExceeded) {
		late = fmt.Errorf("requests were still under way after %v and were abandoned", s.grace)
		return errors.Join(err, late)
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *Server) app(work context.Context) *fiber.App {
	app := fiber.New(fiber.Config{
		Immutable:                    true, // what handlers keep must not be overwritten by the next request
		ErrorHandler:                 s.failed,
		BodyLimit:                    bodyLimit,
		ReadBufferSize:               headerLimit,
		ReadTimeout:                  s.reading,
		WriteTimeout:                 s.writing,
		IdleTimeout:                  idleTime,
		DisableStartupMessage:        true,
		DisablePreParseMultipartForm: true,
	})
	app.Server().HeaderReceived = largeBodies
	app.Server().Handler = knownMethods(app.Server().Handler, app.Config().RequestMethods)
	app.Use(s.observe(work))
	s.manners(app)
	s.routes(app)
	return app
}
