package command

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeConfiguration writes docs/configuration.md anew; `make docs` does it.
var writeConfiguration = flag.Bool("configuration.write", false, "write docs/configuration.md")

const configurationPage = "../../docs/configuration.md"

// chapters are the page's, with the settings of each. Each setting is in one.
var chapters = []struct {
	title string
	flags []string
}{
	{"Where it listens and keeps its data", []string{"addr", "data", "master-key-file", "master-key-command", "config", "history"}},
	{"Adapters", []string{"plugins", "plugin-digests"}},
	{"Where it may connect", []string{"allow-private-egress", "allow-egress", "egress-proxy", "require-https-callbacks"}},
	{"The API", []string{"cors-origins", "login-failures", "trusted-proxies"}},
	{"Polling", []string{"workers", "first-poll-wait", "poll-pages", "poll-bytes", "poll-time", "auth-failures", "poll-failures"}},
	{"Delivery", []string{"deliveries", "callback-host-concurrency", "callback-host-rate"}},
	{"When too much waits", []string{"backlog-events", "backlog-bytes", "disk-budget", "disk-reserve"}},
	{"Logs and memory", []string{"log-level", "log-format", "admin-addr", "otlp-endpoint", "otlp-sample", "small-memory", "memory-limit"}},
}

const configurationIntro = `# Configuration

This page is made from the program: ` + "`make docs` writes it, and a test fails when it is old." + `

Every setting of ` + "`pollwright serve`" + ` is a flag, an environment variable and a key of the YAML file that ` + "`--config`" + ` names. A flag comes before the
environment, and that before the file; an empty variable or key is as good as none. Lists have commas, or are lists in the file. Durations are like ` + "`90s`, `10m` or `168h`" + `,
sizes are bytes. An unknown key of the file is an error that names the nearest one; an unknown variable is a warning, as container platforms invent some.
` + "`pollwright config check`" + ` shows what comes of them all, and ` + "`pollwright doctor`" + `
looks at what they name ([operations.md](operations.md#before-a-start)).

` + "```yaml" + `
addr: 127.0.0.1:8080
data: /var/lib/pollwright/data
plugins: /var/lib/pollwright/plugins
log-format: json
workers: 32
allow-egress: [10.1.0.0/16]
history: 336h
` + "```" + `

## Secrets

From the environment only: a command line can be read by every user of a machine, and files get copied around.

| variable | what |
|---|---|
| ` + "`POLLWRIGHT_MASTER_KEY`" + ` | 32 bytes in base64 that seal the data folder, in place of the key file or of ` + "`--master-key-command`" + ` |
| ` + "`POLLWRIGHT_ORGANIZATION_SECRET`, `POLLWRIGHT_USER_SECRET`" + ` | secrets of the first organization and user; without them the first start makes some and shows them once |
`

// spaces are those of usage texts, some of which have line breaks.
var spaces = regexp.MustCompile(`\s+`)

func configurationText(t *testing.T) string {
	t.Helper()
	c := &cobra.Command{}
	new(options).define(c)
	left := flags(c)
	var page strings.Builder
	page.WriteString(configurationIntro)
	for _, chapter := range chapters {
		fmt.Fprintf(&page, "\n## %s\n\n| flag and key | variable | default | what |\n|---|---|---|---|\n", chapter.title)
		for _, name := range chapter.flags {
			f := c.Flags().Lookup(name)
			at := slices.Index(left, name)
			if f == nil || at < 0 {
				t.Fatalf("chapter %q has %q, which is no setting, or of another chapter, too", chapter.title, name)
			}
			left = slices.Delete(left, at, at+1)
			fmt.Fprintf(&page, "| `--%s` | `%s` | %s | %s |\n", name, variableOf(name), defaultText(f), spaces.ReplaceAllString(strings.ReplaceAll(f.Usage, "|", `\|`), " "))
		}
	}
	if len(left) > 0 {
		t.Fatalf("these settings have no chapter in %s: %v", configurationPage, left)
	}
	return page.String()
}

func defaultText(f *pflag.Flag) string {
	switch f.DefValue {
	case "", "[]":
		return ""
	}
	return "`" + f.DefValue + "`"
}

// TestConfigurationPage fails when the page is not what the program would write. Its example is read as a config file.
func TestConfigurationPage(t *testing.T) {
	t.Parallel()
	want := configurationText(t)
	if *writeConfiguration {
		if err := os.WriteFile(configurationPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(configurationPage)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("docs/configuration.md is old: run `make docs`")
	}
	_, example, _ := strings.Cut(want, "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	o, _, err := parse(t, example, nil)
	if err != nil || o.check() != nil || o.workers != 32 {
		t.Errorf("the example is not in order: %v, %v", err, o.check())
	}
}
