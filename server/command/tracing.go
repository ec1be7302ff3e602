package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/pollwright/pollwright/engine"
)

// tracePath is where collectors take traces, by the OTLP specification.
const tracePath = "/v1/traces"

// traceTime is how long a stop waits for the last traces to be sent.
const traceTime = 3 * time.Second

// tracing sends what the engine does to a collector.
type tracing struct {
	provider *sdktrace.TracerProvider
	tracer   trace.Tracer
}

// checkCollector says what is wrong with an address for traces.
func checkCollector(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return errors.New("should be an http or https URL, like http://127.0.0.1:4318, without a user name")
	}
	return nil
}

// openTracing connects to nobody yet. Headers for the collector, which may hold a secret, come from OTEL_EXPORTER_OTLP_HEADERS.
func openTracing(ctx context.Context, address string, share float64, log *slog.Logger) (*tracing, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = tracePath
	}
	exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(u.String()))
	if err != nil {
		return nil, fmt.Errorf("traces: %w", err)
	}
	otel.SetErrorHandler(&traceFaults{log: log})
	about := resource.NewSchemaless(attribute.String("service.name", "pollwright"), attribute.String("service.version", version()))
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(about), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.TraceIDRatioBased(share))))
	return &tracing{provider, provider.Tracer("github.com/pollwright/pollwright/engine")}, nil
}

// begin is an engine.Trace.
func (t *tracing) begin(ctx context.Context, name string, began time.Time, about ...slog.Attr) (context.Context, func(error, ...slog.Attr)) {
	options := []trace.SpanStartOption{trace.WithAttributes(attributesOf(about)...)}
	if !began.IsZero() {
		options = append(options, trace.WithTimestamp(began))
	}
	ctx, span := t.tracer.Start(ctx, name, options...)
	return ctx, func(err error, found ...slog.Attr) {
		span.SetAttributes(attributesOf(found)...)
		if err != nil {
			span.SetStatus(codes.Error, err.Error())
		}
		span.End()
	}
}

// close sends what has not been sent. What cannot be is told in the log.
func (t *tracing) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), traceTime)
	defer cancel()
	if err := t.provider.Shutdown(ctx); err != nil {
		otel.Handle(err)
	}
}

var _ engine.Trace = (&tracing{}).begin

func attributesOf(attrs []slog.Attr) []attribute.KeyValue {
	all := make([]attribute.KeyValue, 0, len(attrs))
	for _, a := range attrs {
		key := attribute.Key(a.Key)
		switch value := a.Value.Any().(type) {
		case int64:
			all = append(all, key.Int64(value))
		case []string:
			all = append(all, key.StringSlice(value))
		default:
			all = append(all, key.String(a.Value.String()))
		}
	}
	return all
}

// traceFaults tells in the log, once a minute at most, that traces are lost: a collector that is gone is no reason to fill a disk.
type traceFaults struct {
	log  *slog.Logger
	mu   sync.Mutex
	last time.Time
}

func (f *traceFaults) Handle(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if now := time.Now(); now.Sub(f.last) >= time.Minute {
		f.last = now
		f.log.Warn("traces not sent", "err", err)
	}
}
