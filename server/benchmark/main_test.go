package benchmark

import (
	"flag"
	"os"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
	"github.com/pollwright/pollwright/server/command"
)

// The targets of the Makefile set these.
var (
	rounds    = flag.Int("bench.rounds", 0, "rounds of server, pipes and control; 0 = one short round")
	round     = flag.Duration("bench.round", 10*time.Second, "how long each of them runs in a round")
	length    = flag.Duration("bench.for", 0, "how long the soak is; 0 = a few seconds")
	scale     = flag.String("bench.scale", "", "numbers of instances, with commas between: 1000,100000")
	only      = flag.String("bench.only", "", "one part: idle, busy, flooded or latency; default: all")
	binary    = flag.String("bench.binary", "", "the program to measure; default: the same, in this test's binary")
	folder    = flag.String("bench.dir", "", "where data folders are made; default: the system's folder for temporary files")
	moreFlags = flag.String("bench.flags", "", "more flags of the server, with blanks between: --admin-addr 127.0.0.1:6060")
	profile   = flag.String("bench.profile", "", "folder for a CPU and an allocation profile of the server; it is then the test's binary")
)

// Nothing here runs beside another test: each would measure the other.
func TestMain(m *testing.M) {
	switch role, settings := beside.Role(); role {
	case "":
		os.Exit(m.Run())
	case "server":
		stop := startProfiles(settings)
		code := command.Main()
		stop()
		os.Exit(code)
	case "provider":
		serveProvider()
	case "sink":
		serveSink()
	case "pipe":
		runPipe(settings)
	}
}
