package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/pollwright/pollwright/engine"
)

// errUnwell is what a doctor ends with who has found a failure.
var errUnwell = errors.New("something fails, as said above")

func newDoctor() *cobra.Command {
	var o options
	var asJSON bool
	c := &cobra.Command{
		Use: "doctor", Short: "Look at all that a server needs, and say what to do", Args: noArguments,
		Long: "Look at the settings, the data folder, its keys, the disk, the clock, the adapters, the address and the limits of the process, as `pollwright serve`\n" +
			"with the same flags, variables and config file would meet them, beside a running server, too. Nothing is started or changed. Run it as the user\n" +
			"that the server runs as.\n\nEach line begins with ok, warn or fail. The exit code is 1 if one fails.",
		RunE: func(c *cobra.Command, _ []string) error {
			findings := o.examine(c)
			if err := printFindings(c.OutOrStdout(), findings, asJSON); err != nil {
				return err
			}
			for _, f := range findings {
				if f.State == engine.HealthFail {
					return errUnwell
				}
			}
			return nil
		},
	}
	o.define(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	return c
}

// examine looks at everything. Without settings there is nothing more to look at.
func (o *options) examine(c *cobra.Command) (list []engine.Finding) {
	s, warnings, err := o.settled(c)
	for _, w := range warnings {
		list = append(list, engine.Finding{Name: "settings", State: engine.HealthWarn, Found: w, Do: "correct it, or take it out"})
	}
	if err == nil {
		s.masterKey, err = givenMaster(c.Context(), s.masterKey, o.keyCommand, o.masterKeyFile)
	}
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			list = append(list, engine.Finding{Name: "settings", State: engine.HealthFail, Found: line, Do: "correct it; `pollwright help serve` lists the settings"})
		}
		return list
	}
	list = append(list, engine.Finding{Name: "settings", State: engine.HealthOK, Found: "in order"})
	found, inUse, err := engine.Examine(c.Context(), engineConfig(*o, s, newLogger(io.Discard, "error", "text")))
	if err != nil {
		return append(list, engine.Finding{Name: "settings", State: engine.HealthFail, Found: err.Error(), Do: "correct it"})
	}
	list = append(append(list, found...), o.examineAddress(c.Context(), inUse))
	if o.adminAddr != "" {
		list = append(list, o.examineAdmin(inUse))
	}
	return append(list, examineSync(), examineFiles(o.workers+o.deliveries))
}

// examineAdmin takes the admin address for a moment; a running server has it.
func (o *options) examineAdmin(inUse bool) engine.Finding {
	f := engine.Finding{Name: "admin address", State: engine.HealthOK, Found: o.adminAddr}
	listener, err := net.Listen("tcp", o.adminAddr)
	if err == nil {
		_ = listener.Close()
	}
	switch tcp, lookup := net.ResolveTCPAddr("tcp", o.adminAddr); {
	case err != nil && !inUse:
		f.State, f.Found, f.Do = engine.HealthFail, err.Error(), "stop what has the address, or choose another one with --admin-addr"
	case lookup == nil && !tcp.IP.IsLoopback():
		f.State, f.Found, f.Do = engine.HealthWarn, f.Found+" asks for no secrets, and other machines can connect", "name one of loopback, like 127.0.0.1:6060"
	}
	return f
}

// examineAddress takes the port for a moment, or asks the server that has it.
func (o *options) examineAddress(ctx context.Context, inUse bool) engine.Finding {
	f := engine.Finding{Name: "address", State: engine.HealthOK}
	listener, err := net.Listen("tcp", o.addr)
	switch {
	case err == nil:
		_ = listener.Close()
		f.Found = o.addr + " is free"
		if inUse {
			f.State, f.Found, f.Do = engine.HealthWarn, f.Found+", and a server uses the data folder", "look which address that server has"
		}
	case inUse && answers(ctx, o.addr):
		f.Found = "a server answers at " + o.addr
	default:
		f.State, f.Found, f.Do = engine.HealthFail, err.Error(), "stop what has the address, or choose another one with --addr"
		return f
	}
	if tcp, err := net.ResolveTCPAddr("tcp", o.addr); f.State == engine.HealthOK && err == nil && !tcp.IP.IsLoopback() {
		f.State, f.Found, f.Do = engine.HealthWarn, f.Found+"; other machines can connect, and secrets travel unencrypted", "put a reverse proxy with TLS in front"
	}
	return f
}

// answers reports whether one of ours answers at an address.
func answers(ctx context.Context, addr string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/healthz", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	var body struct{ Status, Version string }
	return json.NewDecoder(io.LimitReader(res.Body, 4096)).Decode(&body) == nil && body.Status == "ok" && body.Version != ""
}

// spareFiles is how many files a server has open besides its polls and deliveries: the store's, and clients of the API.
const spareFiles = 512

// judgeFiles: each poll and delivery has a connection, or two while one is made.
func judgeFiles(limit uint64, work int) engine.Finding {
	f := engine.Finding{Name: "open files", State: engine.HealthOK, Found: fmt.Sprintf("%d may be open", limit)}
	if need := uint64(2*work + spareFiles); limit < need {
		f.State, f.Found = engine.HealthWarn, fmt.Sprintf("%d may be open, and %d polls and deliveries at once can take %d", limit, work, need)
		f.Do = "raise the limit (ulimit -n, LimitNOFILE= of systemd), or lower --workers and --deliveries"
	}
	return f
}

func printFindings(w io.Writer, list []engine.Finding, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(list)
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range list {
		_, _ = fmt.Fprintf(out, "%s\t%s\t%s\n", f.State, f.Name, strings.ReplaceAll(f.Found, "\n", "; "))
		if f.Do != "" {
			_, _ = fmt.Fprintf(out, "\t\t-> %s\n", f.Do)
		}
	}
	return out.Flush()
}
