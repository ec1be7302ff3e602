package badgerstore

import (
	"fmt"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pages makes syncs cheap. Badger's logs are memory-mapped files, and Linux from 6.16 on maps them in large folios: a sync then writes many
// times what was changed (ext4, Linux 6.18, a caller alone, 32 MB of log: 70 KB for each commit of a poll, and 7 KB with the advice).
// Told that access is random, the kernel keeps to small pages. It is advice only: a store works without.
type pages struct {
	dir  string         // as the kernel writes it
	next map[string]int // of each kind of log, the number of the file that has not been advised yet
	log  *slog.Logger
}

// The kinds of logs: of what is not in tables yet, and of values.
const (
	logExt   = ".mem"
	valueExt = ".vlog"
)

// numbered is the form of a log's name.
var numbered = map[string]string{logExt: "%05d" + logExt, valueExt: "%06d" + valueExt}

func newPages(dir string, log *slog.Logger) *pages {
	p := &pages{dir: dir, log: log, next: map[string]int{}}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		p.dir = real
	}
	return p
}

// advise looks for log files that Badger has begun since the last call: two stats, beside a sync of milliseconds.
func (p *pages) advise() {
	for ext, form := range numbered {
		if p.next[ext] == 0 {
			p.next[ext] = newestLog(p.dir, ext)
		}
		if _, err := os.Stat(filepath.Join(p.dir, fmt.Sprintf(form, p.next[ext]))); err != nil {
			continue
		}
		p.next[ext]++
		if err := adviseRandom(p.dir, ext); err != nil {
			p.log.Warn("log file not advised, commits may be slow", "err", err)
		}
	}
}

// Of the memory that pages of the value log take: they are written once and seldom read again, but mapped for as long as the file is there. The system
// would take them when it is short of memory, and not before.
const (
	letGoEvery = 500 * time.Millisecond
	letGoAt    = 32 << 20 // bytes that the process has of files, of all kinds
)

// lighten has the system take pages of the value log. It reports false if that cannot be.
func (s *Store) lighten() bool {
	if mapped() < letGoAt {
		return true
	}
	err := letGo(s.group.pages.dir, valueExt)
	if err != nil { // before Linux 5.4, or not allowed
		s.log.Info("memory of the value log is left to the system", "err", err)
	}
	return err == nil
}

// newestLog is the greatest number of a log of a kind, 1 if there is none.
func newestLog(dir, ext string) int { return slices.Max(append(logs(dir, ext), 1)) }

// oldestLog is the least number of one.
func oldestLog(dir, ext string) int { return slices.Min(append(logs(dir, ext), math.MaxInt)) }

func logs(dir, ext string) (numbers []int) {
	files, err := filesOf(dir, ext)
	if err != nil {
		return nil
	}
	for _, f := range files {
		if n, err := strconv.Atoi(strings.TrimSuffix(f.Name(), ext)); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
