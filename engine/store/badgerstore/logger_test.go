package badgerstore

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// TestWarnings: the lines are Badger 4.9.6's own formats. What an operator can do nothing about is not a warning.
func TestWarnings(t *testing.T) {
	t.Parallel()
	for format, level := range map[string]string{
		"%s might be too small. Metrics: %s\n":          "DEBUG",
		"Cache life expectancy (in seconds): %+v\n":     "DEBUG",
		"While running doCompact: %v\n":                 "DEBUG",
		"Key: %v, value: %v: something else is wrong\n": "WARN",
	} {
		var out bytes.Buffer
		logger{log: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}.Warningf(format, "Block cache", "x")
		if !strings.Contains(out.String(), "level="+level) {
			t.Errorf("%q is logged as %s, want %s", format, out.String(), level)
		}
	}
}
