package engine

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/netip"
	"net/url"
	"os/exec"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/hub"
	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// Config of an Engine. Dir and Logger are required; the zero value of every other field is its default.
type Config struct {
	// Dir is the data folder. It is made with mode 0700. One process at a time may use it.
	Dir string
	// MasterFile holds the master key; default Dir + ".master.key". It is made with mode 0600 at the first start. Keep it apart from backups
	// of Dir: the two together give the secrets.
	MasterFile string
	// MasterKey, if set, is used instead of MasterFile: 32 bytes as base64 text.
	MasterKey []byte
	// Builtin holds the built-in adapters, "*.wasm".
	Builtin fs.FS
	// PluginDir is a watched folder of further adapters; "" = none.
	PluginDir string
	// AdapterDigests, if there are any, are the digests (SHA-256, hexadecimal) of the adapters of PluginDir that may be used.
	AdapterDigests []string
	// PrepareAdapter makes a process that runs PrepareAdapter with its standard input and output: new adapters are compiled there, within
	// limits of time and memory. nil = in this process.
	PrepareAdapter func(context.Context) *exec.Cmd
	// CompileCache keeps compiled adapters between starts; default Dir + "/compiled".
	CompileCache string
	// AllowPrivateEgress lets providers and callbacks have private and loopback addresses.
	AllowPrivateEgress bool
	// AllowEgress are ranges that providers and callbacks may have although they are private; EgressRanges reads them.
	AllowEgress []netip.Prefix
	// EgressProxy, if set, is the proxy that every request goes through; EgressProxy reads one. docs/network.md says what it then has to do.
	EgressProxy *url.URL
	// HTTPSCallbacks refuses callback URLs of plain http: of new instances, and when notifications of old ones are sent.
	HTTPSCallbacks bool
	// OrganizationSecret and UserSecret are those of the first organization and user; if empty they are made at the first start.
	OrganizationSecret, UserSecret string
	// Polls is how many polls run at once. Default 16.
	Polls int
	// Deliveries is how many notifications are sent at once. Default 128.
	Deliveries int
	// HostDeliveries is how many of them go to one callback host. Default a quarter of Deliveries, at least 4.
	HostDeliveries int
	// HostRate is the most notifications a second to one callback host; 0 means no limit.
	HostRate float64
	// FirstPoll is how long CreateInstance waits for the first poll of a new instance: whatever is created at the provider after the
	// answer is then told. Default 3 s; negative: it does not wait.
	FirstPoll time.Duration
	// HandWait is how long PollByHand waits for the outcome of its poll, which goes on after that; a dry run may take as long. Default 20 s.
	HandWait time.Duration
	// AuthFailures is how many polls in a row may be refused for their credentials before the instance's polling is stopped. Default 3.
	AuthFailures int
	// PollFailures is how many polls in a row may fail for whatever reason before the same. Default 100, as on the platform.
	PollFailures int
	// Grace is how long what is under way may go on after a stop. Default 5 s.
	Grace time.Duration
	// History is how long what was delivered or given up can be listed, explained and sent again, counted from its detection; and how long
	// outcomes of polls, moves of marks and the log of changes are kept, by which a rewind knows what was told. Default 7 days.
	History time.Duration
	// BacklogHigh is how much may wait for the callback of one instance before its polling waits, too; BacklogLow how far that has to sink
	// before polling goes on. Default 100,000 events and 256 MiB, and the half of BacklogHigh.
	BacklogHigh, BacklogLow deliver.Load
	// DiskBudget bounds the bytes of the store: all polling waits while it is reached. 0 = no bound.
	DiskBudget int64
	// DiskReserve is how many bytes of the disk must stay free: all polling waits while it has fewer. Default 256 MiB; negative: none.
	DiskReserve int64
	// SmallMemory trades write throughput for memory.
	SmallMemory bool
	// PollLimits bound one poll.
	PollLimits poll.Limits
	// HubLimits bound the answer to one request for records of a hub.
	HubLimits hub.Limits
	// Exchanges, if set, is told each request of an adapter when it has ended: for an adapter's author to watch. It must not block.
	Exchanges func(Exchange)
	// Trace, if set, is told what is done, piece by piece.
	Trace Trace
	// Now is the clock. Default time.Now.
	Now    func() time.Time
	Logger *slog.Logger

	witness func(element string, input, memory []byte) // of all calls of adapters; for tests
	wrap    func(store.Store) store.Store              // what the engine sees of its store; for tests
}

func (c Config) withDefaults() (Config, error) {
	var faults []error
	if c.Dir == "" {
		faults = append(faults, errors.New("field Dir is missing"))
	}
	if c.Logger == nil {
		faults = append(faults, errors.New("field Logger is missing"))
	}
	if (c.OrganizationSecret == "") != (c.UserSecret == "") {
		faults = append(faults, errors.New("fields OrganizationSecret and UserSecret go together: set both or none"))
	}
	fill(&c.CompileCache, c.Dir+"/compiled")
	fill(&c.FirstPoll, 3*time.Second)
	fill(&c.Grace, 5*time.Second)
	fill(&c.History, 7*24*time.Hour)
	fill(&c.Polls, 16)
	fill(&c.HandWait, 20*time.Second)
	fill(&c.AuthFailures, 3)
	fill(&c.PollFailures, 100)
	fill(&c.Deliveries, 128)
	fill(&c.DiskReserve, 256<<20)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Trace == nil {
		c.Trace = poll.NoTrace
	}
	return c, errors.Join(faults...)
}

// sweep is how often what is over its time is swept.
func (c Config) sweep() time.Duration { return min(10*time.Minute, c.History/10) }

// kept is how long that is kept which tells of events: no less than they are, which go with the sweep that follows their time.
func (c Config) kept() time.Duration { return c.History + 2*c.sweep() }

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
