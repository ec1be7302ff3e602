package beside

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

func TestMain(m *testing.M) {
	if role, settings := Role(); role != "" {
		fmt.Println(role, settings)
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			var n int
			if json.Unmarshal(lines.Bytes(), &n) != nil {
				os.Exit(7)
			}
			fmt.Println(2 * n)
		}
		return
	}
	os.Exit(m.Run())
}

func TestProcess(t *testing.T) {
	t.Parallel()
	p := Start(t, "doubler", "of numbers")
	if got := p.Line(); got != "doubler of numbers" {
		t.Errorf("it says %q", got)
	}
	var got int
	for n := range 3 {
		if p.Ask(n, &got); got != 2*n {
			t.Errorf("%d is answered with %d", n, got)
		}
	}
	if err := p.Stop(); err != nil || !p.Cmd.ProcessState.Exited() {
		t.Errorf("it ends with %v, %v", p.Cmd.ProcessState, err)
	}
	other := Start(t, "doubler", "")
	other.Line()
	if err := other.Stop(os.Kill); err == nil || other.Stop() == nil {
		t.Error("a kill is no error")
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	type pair [2]float64
	columns := []Column[pair]{{"speed", func(p pair) float64 { return p[0] }, true}, {"size", func(p pair) float64 { return p[1] }, false}}
	got := Table("at once", columns, []Group[pair]{{"ours", []pair{{30, 1}, {10, 5}, {20, 3}}}, {"theirs", []pair{{10, 200}, {10, 300}, {40, 200}}}}, [2]string{"ours", "theirs"})
	want := "at once speed size\nours 20.0 3.0\ntheirs 10.0 200\nours : theirs 2.00 (0.50..3.00)\n"
	var lines []string
	for line := range strings.Lines(got) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	if text := strings.Join(lines, "\n") + "\n"; text != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}
