package command

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
)

// parse reads settings as serve does, without serving.
func parse(t *testing.T, yaml string, environ []string, args ...string) (options, []string, error) {
	t.Helper()
	if yaml != "" {
		path := filepath.Join(t.TempDir(), "pollwright.yaml")
		if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	var o options
	c := &cobra.Command{}
	o.define(c)
	if err := c.ParseFlags(args); err != nil {
		t.Fatal(err)
	}
	unread, err := settle(c, &o, func() []string { return environ })
	return o, unread, err
}

func TestWhereSettingsComeFrom(t *testing.T) {
	t.Parallel()
	const yaml = "addr: 127.0.0.1:3\nworkers: 3\nfirst-poll-wait: 3s\nallow-private-egress: true\nplugins:\n"
	environ := []string{"POLLWRIGHT_ADDR=127.0.0.1:2", "POLLWRIGHT_WORKERS=2", "POLLWRIGHT_DELIVERIES=", "POLLWRIGHT_PORT=tcp://10.0.0.1", "POLLWRIGHT_WROKERS=4", "ADDR=x", "POLLWRIGHT_USER_SECRET=s"}
	o, unread, err := parse(t, yaml, environ, "--addr", "127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ what, got, want any }{
		{"a flag comes first", o.addr, "127.0.0.1:1"},
		{"then the environment", o.workers, 2},
		{"then the file", o.firstPollWait, 3 * time.Second},
		{"a boolean of the file", o.privateEgress, true},
		{"an empty key of the file is none", o.plugins, ""},
		{"an empty variable is none", o.deliveries, 128},
		{"then the default", o.data, "./data"},
		{"what nothing reads", fmt.Sprint(unread), "[the environment variable POLLWRIGHT_PORT is not known and not read " +
			"the environment variable POLLWRIGHT_WROKERS is not known and not read (did you mean POLLWRIGHT_WORKERS?)]"},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if o, _, err := parse(t, "", []string{"POLLWRIGHT_CONFIG=/nowhere/at/all.yaml"}); err == nil || o.configFile != "/nowhere/at/all.yaml" {
		t.Errorf("the file of POLLWRIGHT_CONFIG is not read: %v", err)
	}
}

// config check shows what serve would read, and from where; a password is not shown.
func TestConfigCheck(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "pollwright.yaml")
	if err := os.WriteFile(path, []byte("workers: 3\negress-proxy: http://u:CANARY@10.0.0.1:3128\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, args := desk{t: t}, []string{"config", "check", "--config", path, "--poll-pages", "7"}
	text := strings.Join(strings.Fields(d.ok(nil, args...)), " ")
	for _, want := range []string{"workers 3 file", "poll-pages 7 flag", "egress-proxy http://u:xxxxx@10.0.0.1:3128 file", "in order"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
	if strings.Contains(text, "CANARY") || strings.Contains(text, "deliveries") {
		t.Errorf("it shows too much: %s", text)
	}
	var list []setting
	if d.ok(&list, args...); !slices.Contains(list, setting{"deliveries", "128", fromDefault}) || slices.ContainsFunc(list, func(s setting) bool { return local[s.Name] }) {
		t.Errorf("as JSON: %v", list)
	}
	if err := os.WriteFile(path, []byte("all: true\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d.fails(codeUsage, `there is no setting "all"`, args...)
}

// The nearest name is told if it is near.
func TestMeant(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"workrs": "workers", "worker": "workers", "POLL-PAGES": "", "data": "data", "dta": "data", "x": "", "callback-host-rte": "callback-host-rate"} {
		got := meant(name, []string{"addr", "data", "workers", "poll-pages", "callback-host-rate"})
		if want == "" && got != "" || want != "" && got != " (did you mean "+want+"?)" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestConfigFileFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ yaml, want string }{
		{"adr: x\nwokers: 3\n", `there is no setting "adr" (did you mean addr?)`},
		{"adr: x\nwokers: 3\n", `there is no setting "wokers" (did you mean workers?)`},
		{"elephants: 3\n", `there is no setting "elephants"; the names`},
		{"log:\n  level: debug\n", `there is no setting "log/level"`},
		{"config: other.yaml\n", `there is no setting "config"`},
		{"user-secret: abc\n", "user-secret is a secret: give it as the environment variable POLLWRIGHT_USER_SECRET"},
		{"workers: many\n", `workers: invalid argument "many" for "--workers" flag`},
		{"workers: [1, 2]\n", `for "--workers" flag`},
		{"first-poll-wait: 5\n", `missing unit in duration`},
		{"addr: [\n", "config file "},
	} {
		if _, _, err := parse(t, c.yaml, nil); err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "pollwright.yaml") {
			t.Errorf("%q: %v, want %q", c.yaml, err, c.want)
		}
	}
	if _, _, err := parse(t, "", []string{"POLLWRIGHT_WORKERS=many"}); err == nil || !strings.Contains(err.Error(), `POLLWRIGHT_WORKERS: invalid argument "many" for "--workers" flag`) {
		t.Errorf("environment: %v", err)
	}
}

func TestEgressSettings(t *testing.T) {
	t.Parallel()
	const want = "[10.0.0.0/8 fd00::/8 192.168.1.1/32]"
	for _, c := range []struct {
		yaml    string
		environ []string
		args    []string
	}{
		{args: []string{"--allow-egress", "10.0.0.0/8,fd00::/8", "--allow-egress", "192.168.1.1"}},
		{environ: []string{"POLLWRIGHT_ALLOW_EGRESS=10.0.0.0/8, fd00::/8,192.168.1.1"}},
		{yaml: "allow-egress: [10.0.0.0/8, 'fd00::/8', 192.168.1.1]\n"},
		{yaml: "allow-egress: 10.0.0.0/8,fd00::/8,192.168.1.1\n"},
	} {
		environ := append([]string{"POLLWRIGHT_EGRESS_PROXY=http://u:CANARY@10.0.0.1:3128", "POLLWRIGHT_REQUIRE_HTTPS_CALLBACKS=true"}, c.environ...)
		o, _, err := parse(t, c.yaml, environ, c.args...)
		if err != nil || o.check() != nil {
			t.Errorf("%+v: %v, %v", c, err, o.check())
			continue
		}
		config := engineConfig(o, secrets{}, nil)
		if got := fmt.Sprint(config.AllowEgress); got != want {
			t.Errorf("%+v: %s, want %s", c, got, want)
		}
		if config.EgressProxy == nil || config.EgressProxy.Host != "10.0.0.1:3128" || !config.HTTPSCallbacks || config.AllowPrivateEgress {
			t.Errorf("%+v: proxy, https or private egress are wrong", c)
		}
	}
	for _, proxy := range []string{"ftp://u:CANARY@h", "http://u:CAN%ARY@h", "http://u:CANARY@h/path", "http://u:CANARY@h:x"} {
		o, _, err := parse(t, "", nil, "--egress-proxy", proxy)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.check(); err == nil || strings.Contains(err.Error(), "CAN") {
			t.Errorf("%s: %v, want a fault that does not repeat it", proxy, err)
		}
	}
}

func TestReadSecrets(t *testing.T) {
	t.Parallel()
	const long = "0123456789abcdef+/="
	for _, c := range []struct {
		organization, user string
		warnings           int
		fault              string
	}{
		{"", "", 0, ""},
		{long, long, 0, ""},
		{"org", "user", 2, ""},
		{long, "", 0, "go together"},
		{"", long, 0, "go together"},
		{long, "with, a comma of many words", 0, "POLLWRIGHT_USER_SECRET should hold visible ASCII"},
		{"ends with a newline\n", long, 0, "POLLWRIGHT_ORGANIZATION_SECRET should hold visible ASCII"},
	} {
		env := map[string]string{envOrganizationSecret: c.organization, envUserSecret: c.user}
		s, warnings, err := readSecrets(func(name string) string { return env[name] })
		if len(warnings) != c.warnings || (c.fault == "") != (err == nil) || err != nil && !strings.Contains(err.Error(), c.fault) {
			t.Errorf("%q %q: %v, %v; want %d warnings and %q", c.organization, c.user, warnings, err, c.warnings, c.fault)
		}
		for _, text := range append(warnings, fmt.Sprint(err), fmt.Sprint(s), fmt.Sprintf("%+v %#v", s, s)) {
			if strings.Contains(text, long) || strings.Contains(text, "many words") || strings.Contains(text, "newline") {
				t.Errorf("a secret is printed: %s", text)
			}
		}
	}
}

// What a command line gets wrong is named, on standard error, with the exit code for usage; nothing is started.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ args, want string }{
		{"srve", `there is no command "srve" (did you mean serve?)`},
		{"frobnicate", `there is no command "frobnicate"` + "\n"},
		{"user lst", `user has no command "lst" (did you mean list?)`},
		{"serve now", `serve takes no argument, only flags: "now"`},
		{"serve --prt 1", "unknown flag: --prt"},
		{"serve --wrokers 1", "unknown flag: --wrokers (did you mean workers?)"},
		{"config check --workers 0", "--workers should be from 1 to 10000, is 0"},
		{"serve --first-poll-wait soon", `"--first-poll-wait"`},
		{"serve --first-poll-wait 1h", "--first-poll-wait should be from 0s to 20s, is 1h0m0s"},
		{"serve --addr 8080", `--addr should be host:port, like 127.0.0.1:8080, is "8080"`},
		{"serve --otlp-endpoint collector:4318", `--otlp-endpoint should be an http or https URL, like http://127.0.0.1:4318`},
		{"serve --otlp-sample 1.5", "--otlp-sample should be from 0 to 1, is 1.5"},
		{"serve --admin-addr 6060", `--admin-addr should be host:port, like 127.0.0.1:6060, is "6060"`},
		{"serve --workers 0 --deliveries -1", "--workers should be from 1 to 10000, is 0"},
		{"serve --workers 0 --deliveries -1", "--deliveries should be from 1 to 10000, is -1"},
		{"serve --history 30s", "--history should be a minute or more, is 30s"},
		{"serve --callback-host-concurrency -1", "--callback-host-concurrency should be from 1 to 10000, or 0 for the default, is -1"},
		{"serve --callback-host-rate -0.5", "--callback-host-rate should be from 0, which is no limit, to 1000000, is -0.5"},
		{"serve --callback-host-rate NaN", "--callback-host-rate should be from 0, which is no limit, to 1000000, is NaN"},
		{"serve --log-level loud", `--log-level should be debug, info, warn or error, is "loud"`},
		{"serve --log-format xml", `--log-format should be text or json, is "xml"`},
		{"serve --config /nowhere/at/all.yaml", "/nowhere/at/all.yaml"},
		{"serve --allow-egress 10.0.0.0/8,10.1/16 --allow-egress 10.1.2.3/8", `--allow-egress "10.1/16" is not a range of addresses: a CIDR like 10.0.0.0/8`},
		{"serve --allow-egress 10.0.0.0/8,10.1/16 --allow-egress 10.1.2.3/8", `"10.1.2.3/8" has bits set behind its length: give 10.0.0.0/8`},
		{"serve --egress-proxy socks5://h", "--egress-proxy is not the URL of a proxy: it should begin with http:// or https://"},
		{"demo --for 1s", "--for should be from 3s to 24h"},
		{"demo --log-level loud", "--log-level should be"},
		{"version 2", "version takes no argument"},
	} {
		var out, errOut bytes.Buffer
		code := run(context.Background(), strings.Fields(c.args), &out, &errOut)
		if code != codeUsage || !strings.Contains(errOut.String(), c.want) || out.Len() > 0 {
			t.Errorf("%s: code %d, %q, want 2 and %q", c.args, code, errOut.String(), c.want)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args string
		want []string
	}{
		{"", []string{"serve", "demo", "version"}},
		{"help serve", []string{"--addr", "--plugins", "--allow-private-egress", "--allow-egress", "--egress-proxy", "it must itself refuse private addresses", "--require-https-callbacks", "127.0.0.1:8080", "POLLWRIGHT_MASTER_KEY"}},
		{"version", []string{"pollwright ", "go1."}},
	} {
		var out, errOut bytes.Buffer
		if code := run(context.Background(), slices.Concat([]string{}, strings.Fields(c.args)), &out, &errOut); code != codeOK || errOut.Len() > 0 {
			t.Errorf("%q: code %d, %s", c.args, code, errOut.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%q: lacks %q:\n%s", c.args, want, out.String())
			}
		}
	}
}
