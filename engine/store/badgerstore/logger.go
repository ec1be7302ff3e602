package badgerstore

import (
	"fmt"
	"log/slog"
	"strings"
)

// logger passes on what Badger says, and listens: a failed sync of the value log is only logged by Badger 4.9.6, while the commit is
// reported as done (valueLog.write). lost hears of it before that commit returns.
type logger struct {
	log  *slog.Logger
	lost func(error)
}

const (
	lostSync       = "Error while curlf sync"
	idleCompaction = "While running doCompact"
	smallCache     = "%s might be too small"
	cacheLife      = "Cache life expectancy"
)

func (l logger) Errorf(format string, args ...any) {
	text := line(format, args)
	if strings.HasPrefix(format, lostSync) {
		l.lost(fmt.Errorf("sync of the value log: %s", text))
	}
	l.log.Error("badger reports an error", "err", text)
}

// Warningf makes little of a compaction by Flatten that found nothing to do: two work at once, and the last tables are one's. If none
// succeeds, Flatten returns the error. Nor does it warn, every minute, of a block cache that is small: it is so on purpose, for what is read
// once more is mostly in the sender's memory.
func (l logger) Warningf(format string, args ...any) {
	for _, harmless := range []string{idleCompaction, smallCache, cacheLife} {
		if strings.HasPrefix(format, harmless) {
			l.Infof(format, args...)
			return
		}
	}
	l.log.Warn("badger warns", "text", line(format, args))
}

func (l logger) Infof(format string, args ...any) {
	l.log.Debug("badger says", "text", line(format, args))
}

// Debugf drops what is of use to Badger's authors only: a line for every write.
func (l logger) Debugf(string, ...any) {}

func line(format string, args []any) string {
	return strings.TrimSpace(fmt.Sprintf(format, args...))
}
