package command

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/server/api"
)

// options are the flags of serve. Each is also read from the environment and from the config file; see settings.go.
type options struct {
	addr          string
	adminAddr     string
	otlpEndpoint  string
	otlpSample    float64
	data          string
	masterKeyFile string
	keyCommand    string
	plugins       string
	pluginDigests []string
	privateEgress bool
	allowEgress   []string
	egressProxy   string
	httpsOnly     bool
	corsOrigins   []string
	loginFailures int
	proxies       []string
	logLevel      string
	logFormat     string
	firstPollWait time.Duration
	workers       int
	deliveries    int
	hostParallel  int
	hostRate      float64
	pollPages     int
	pollBytes     int64
	pollTime      time.Duration
	pollFailures  int
	authFailures  int
	history       time.Duration
	smallMemory   bool
	memoryLimit   int64
	backlogEvents int
	backlogBytes  int64
	diskBudget    int64
	diskReserve   int64
	configFile    string
}

func (o *options) define(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&o.addr, "addr", "127.0.0.1:8080", "address to listen on, host:port")
	f.StringVar(&o.otlpEndpoint, "otlp-endpoint", "", "collector that traces of polls and deliveries are sent to by OTLP over HTTP, like http://127.0.0.1:4318; off by default")
	f.Float64Var(&o.otlpSample, "otlp-sample", 1, "share of the traces that are sent, from 0 to 1")
	f.StringVar(&o.adminAddr, "admin-addr", "", "address for profiles and the level of the log, host:port, like 127.0.0.1:6060; it asks for no secrets; off by default")
	f.StringVar(&o.data, "data", "./data", "data folder; one process at a time may use it")
	f.StringVar(&o.masterKeyFile, "master-key-file", "", "file with the master key that seals the data folder (default: the data folder's name + .master.key)")
	f.StringVar(&o.keyCommand, "master-key-command", "", "command that prints the master key, 32 bytes in base64; run by the shell at each start")
	f.StringVar(&o.plugins, "plugins", "", "folder of further adapters (*.wasm); it is watched")
	f.StringSliceVar(&o.pluginDigests, "plugin-digests", nil, "SHA-256 digests, in hexadecimal, of the files of --plugins that may be used; any by default")
	f.BoolVar(&o.privateEgress, "allow-private-egress", false, "let providers and callbacks have private and loopback addresses")
	f.StringSliceVar(&o.allowEgress, "allow-egress", nil, "ranges that providers and callbacks may have although they are private, like 10.1.0.0/16,fd12::/48; repeatable")
	f.StringVar(&o.egressProxy, "egress-proxy", "", "http or https proxy for every request; it must itself refuse private addresses, as it connects in\n"+
		"place of this server (docs/network.md). With a password: give it as POLLWRIGHT_EGRESS_PROXY")
	f.BoolVar(&o.httpsOnly, "require-https-callbacks", false, "refuse callback URLs of plain http")
	f.StringSliceVar(&o.corsOrigins, "cors-origins", nil, "origins of web pages that may call the API from a browser, like https://app.example.com; none by default")
	f.IntVar(&o.loginFailures, "login-failures", 10, "requests with wrong secrets within a minute after which their address is not heard for the rest of it; 0 = any number")
	f.StringSliceVar(&o.proxies, "trusted-proxies", nil, "ranges of reverse proxies whose X-Forwarded-For tells the client's address, like 10.0.0.0/8,::1; repeatable")
	f.StringVar(&o.logLevel, "log-level", "info", "debug, info, warn or error")
	f.StringVar(&o.logFormat, "log-format", "text", "text or json")
	f.DurationVar(&o.firstPollWait, "first-poll-wait", 3*time.Second, "how long POST /instances waits for the first poll; 0 = not at all")
	f.IntVar(&o.workers, "workers", 16, "how many polls run at once")
	f.IntVar(&o.deliveries, "deliveries", 128, "how many notifications are sent at once")
	f.IntVar(&o.hostParallel, "callback-host-concurrency", 0, "how many of them go to one callback host (default: a quarter of deliveries, at least 4)")
	f.Float64Var(&o.hostRate, "callback-host-rate", 0, "most notifications a second to one callback host; 0 = no limit")
	f.IntVar(&o.pollPages, "poll-pages", 1000, "most pages of one poll; a longer scan goes on at the next")
	f.Int64Var(&o.pollBytes, "poll-bytes", 1<<30, "most bytes of answers of one poll; a longer scan goes on at the next")
	f.DurationVar(&o.pollTime, "poll-time", 10*time.Minute, "longest time of one poll; a longer scan goes on at the next")
	f.IntVar(&o.authFailures, "auth-failures", 3, "polls in a row with refused credentials that stop an instance's polling")
	f.IntVar(&o.pollFailures, "poll-failures", 100, "failed polls in a row that stop an instance's polling")
	f.DurationVar(&o.history, "history", 7*24*time.Hour, "how long delivered events can be listed, explained and sent again, and outcomes of polls listed; bounds the disk")
	f.IntVar(&o.backlogEvents, "backlog-events", 100_000, "how many events may wait for one instance's callback before its polling waits, too, until half of them are delivered")
	f.Int64Var(&o.backlogBytes, "backlog-bytes", 256<<20, "the same in bytes of notifications")
	f.Int64Var(&o.diskBudget, "disk-budget", 0, "bytes of the data folder's store at which all polling waits; 0 = no bound")
	f.Int64Var(&o.diskReserve, "disk-reserve", 256<<20, "bytes of the disk that must stay free; all polling waits while it has fewer; 0 = none")
	f.BoolVar(&o.smallMemory, "small-memory", true, "have two write buffers of 16 MiB, in place of three of 32")
	f.Int64Var(&o.memoryLimit, "memory-limit", 128<<20, "bytes of memory, pages of files aside, within which garbage is kept as long as what is in use is well below; 0 = no bound")
	f.StringVar(&o.configFile, "config", "", "YAML file with these settings, by the names of the flags")
}

// maxParallel bounds workers and deliveries.
const maxParallel = 10_000

// maxHostRate bounds notifications a second to a host; no process sends more.
const maxHostRate = 1_000_000

// check finds all faults in the values; each names its flag.
func (o *options) check() error {
	var faults []error
	fault := func(flag, format string, args ...any) {
		faults = append(faults, fmt.Errorf("--"+flag+" "+format, args...))
	}
	if _, _, err := net.SplitHostPort(o.addr); err != nil {
		fault("addr", "should be host:port, like 127.0.0.1:8080, is %q", o.addr)
	}
	if o.otlpEndpoint != "" {
		if err := checkCollector(o.otlpEndpoint); err != nil {
			fault("otlp-endpoint", "%w", err)
		}
	}
	if !(o.otlpSample >= 0 && o.otlpSample <= 1) {
		fault("otlp-sample", "should be from 0 to 1, is %v", o.otlpSample)
	}
	if _, _, err := net.SplitHostPort(o.adminAddr); err != nil && o.adminAddr != "" {
		fault("admin-addr", "should be host:port, like 127.0.0.1:6060, is %q", o.adminAddr)
	}
	if o.data == "" {
		fault("data", "should name a folder")
	}
	if _, err := engine.EgressRanges(o.allowEgress...); err != nil {
		fault("allow-egress", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	for _, digest := range o.pluginDigests {
		if sum, err := hex.DecodeString(digest); err != nil || len(sum) != sha256.Size || digest != strings.ToLower(digest) {
			fault("plugin-digests", "should be SHA-256 digests of 64 lower-case hexadecimal digits, as sha256sum prints them; has %q", digest)
		}
	}
	if o.egressProxy != "" {
		if _, err := engine.EgressProxy(o.egressProxy); err != nil { // the URL may hold a password
			fault("egress-proxy", "%w", err)
		}
	}
	for _, origin := range o.corsOrigins {
		if err := api.CheckOrigin(origin); err != nil {
			fault("cors-origins", "%w", err)
		}
	}
	if _, err := api.ParseProxies(o.proxies...); err != nil {
		fault("trusted-proxies", "%w", err)
	}
	if o.loginFailures < 0 {
		fault("login-failures", "should be above 0, or 0 for any number, is %d", o.loginFailures)
	}
	if err := checkLevel(o.logLevel); err != nil {
		faults = append(faults, err)
	}
	if !slices.Contains([]string{"text", "json"}, o.logFormat) {
		fault("log-format", "should be text or json, is %q", o.logFormat)
	}
	if o.firstPollWait < 0 || o.firstPollWait > maxFirstPollWait {
		fault("first-poll-wait", "should be from 0s to %v, is %v", maxFirstPollWait, o.firstPollWait)
	}
	if o.workers < 1 || o.workers > maxParallel {
		fault("workers", "should be from 1 to %d, is %d", maxParallel, o.workers)
	}
	if o.deliveries < 1 || o.deliveries > maxParallel {
		fault("deliveries", "should be from 1 to %d, is %d", maxParallel, o.deliveries)
	}
	if o.hostParallel < 0 || o.hostParallel > maxParallel {
		fault("callback-host-concurrency", "should be from 1 to %d, or 0 for the default, is %d", maxParallel, o.hostParallel)
	}
	if !(o.hostRate >= 0 && o.hostRate <= maxHostRate) {
		fault("callback-host-rate", "should be from 0, which is no limit, to %d, is %v", maxHostRate, o.hostRate)
	}
	for flag, n := range map[string]int64{
		"poll-pages": int64(o.pollPages), "poll-bytes": o.pollBytes, "auth-failures": int64(o.authFailures), "poll-failures": int64(o.pollFailures),
		"backlog-events": int64(o.backlogEvents), "backlog-bytes": o.backlogBytes,
	} {
		if n < 1 {
			fault(flag, "should be above 0, is %d", n)
		}
	}
	for flag, n := range map[string]int64{"disk-budget": o.diskBudget, "disk-reserve": o.diskReserve, "memory-limit": o.memoryLimit} {
		if n < 0 {
			fault(flag, "should be 0 or more bytes, is %d", n)
		}
	}
	if o.pollTime < time.Second {
		fault("poll-time", "should be a second or more, is %v", o.pollTime)
	}
	if o.history < time.Minute {
		fault("history", "should be a minute or more, is %v", o.history)
	}
	return errors.Join(faults...)
}

// maxFirstPollWait stays below what the API gives a request.
const maxFirstPollWait = 20 * time.Second
