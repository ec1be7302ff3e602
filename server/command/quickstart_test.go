//go:build unix

package command

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/beside"
)

// The quickstart's commands are run as they stand there, one after the other, only with other ports.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "python3"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the page's commands need %s, which is not here", tool)
		}
	}
	page, err := os.ReadFile("../../docs/quickstart.md")
	if err != nil {
		t.Fatal(err)
	}
	receivers, err := filepath.Abs("../../docs/receivers")
	if err != nil {
		t.Fatal(err)
	}
	server, provider, receiver := beside.Address(t), beside.Address(t), beside.Address(t)
	here := strings.NewReplacer("127.0.0.1:8080", server, "127.0.0.1:9090", provider, "127.0.0.1:9000", receiver, "docs/receivers", receivers,
		"kill $(jobs -p)", "echo ALL DONE; cat provider.log server.log") // what runs ends with the test
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, b := range commandBlocks.FindAllStringSubmatch(string(page), -1) {
		script.WriteString(here.Replace(b[1]))
	}
	script.WriteString("\nsleep 600\n")
	out := runPage(t, script.String(), server)

	v := pageVisitor{t, "http://" + server}
	v.await("the commands have run", func() bool { return strings.Contains(out.String(), "instances scheduled count=1") }, out) // the last line of all
	said := out.String()
	for _, want := range []string{`"delivered":true`, "CREATED contacts 60000135", "both are gone", "CREATED contacts 60000136", `"status":"NOTIFIED"`, "orderby=createDate"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in what the commands printed:\n%s", want, said)
		}
	}
}
