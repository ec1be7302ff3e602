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
)

// pages makes syncs cheap. Badger's log is a memory-mapped file, and Linux from 6.16 on maps it in large folios: a sync then writes many
// times what was changed (ext4, Linux 6.18, a caller alone, 32 MB of log: 70 KB for each commit of a poll, and 7 KB with the advice).
// Told that access is random, the kernel keeps to small pages. It is advice only: a store works without.
type pages struct {
	dir  string // as the kernel writes it
	next int    // number of the log file that has not been advised yet
	log  *slog.Logger
}

const logExt = ".mem"

func newPages(dir string, log *slog.Logger) *pages {
	p := &pages{dir: dir, log: log}
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		p.dir = real
	}
	return p
}

// advise looks for a log file that Badger has begun since the last call: one stat, beside a sync of milliseconds.
func (p *pages) advise() {
	if p.next == 0 {
		p.next = newestLog(p.dir)
	}
	if _, err := os.Stat(filepath.Join(p.dir, fmt.Sprintf("%05d%s", p.next, logExt))); err != nil {
		return
	}
	p.next++
	if err := adviseRandom(p.dir, logExt); err != nil {
		p.log.Warn("log file not advised, commits may be slow", "err", err)
	}
}

// newestLog is the greatest number of a log file, 1 if there is none.
func newestLog(dir string) int { return slices.Max(append(logs(dir), 1)) }

// oldestLog is the least number of one.
func oldestLog(dir string) int { return slices.Min(append(logs(dir), math.MaxInt)) }

func logs(dir string) (numbers []int) {
	files, err := filesOf(dir, logExt)
	if err != nil {
		return nil
	}
	for _, f := range files {
		if n, err := strconv.Atoi(strings.TrimSuffix(f.Name(), logExt)); err == nil {
			numbers = append(numbers, n)
		}
	}
	return numbers
}
