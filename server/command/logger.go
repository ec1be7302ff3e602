package command

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/lmittmann/tint"
	"github.com/mattn/go-isatty"
)

func checkLevel(text string) error {
	if err := new(slog.Level).UnmarshalText([]byte(text)); err != nil {
		return fmt.Errorf("--log-level should be debug, info, warn or error, is %q", text)
	}
	return nil
}

// newLogger writes to w, in colour if that is a terminal. The options were checked.
func newLogger(w io.Writer, level, format string) *slog.Logger {
	return newLeveled(w, levelOf(level), format)
}

// levelOf is a level that can be changed later.
func levelOf(text string) *slog.LevelVar {
	level := new(slog.LevelVar)
	if err := level.UnmarshalText([]byte(text)); err != nil {
		level.Set(slog.LevelInfo)
	}
	return level
}

// newLeveled is newLogger with a level that others can change.
func newLeveled(w io.Writer, l *slog.LevelVar, format string) *slog.Logger {
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: l, TimeFormat: time.DateTime, NoColor: !coloured(w)}))
}

// coloured tells whether w is a terminal of someone who likes colours (https://no-color.org).
func coloured(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("NO_COLOR") == ""
}
