package command

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

const smaps = `00400000-01c00000 r-xp 00000000 fe:00 247278                     /srv/a program
Size:              24576 kB
Rss:               12000 kB
Private_Dirty:     12000 kB
Anonymous:             0 kB
Swap:                  0 kB
VmFlags: rd ex mr mw me
01c00000-01d00000 r--p 01800000 fe:00 247278                     /srv/a program
Rss:                 900 kB
Anonymous:            64 kB
Swap:                  0 kB
01d00000-01e00000 r--p 01900000 fe:00 247278                     /srv/a program
Rss:                 900 kB
Anonymous:             0 kB
Swap:                  4 kB
01e00000-01f00000 rw-p 01a00000 fe:00 247278                     /srv/a program
Rss:                 700 kB
Anonymous:             0 kB
Swap:                  0 kB
c000000000-c000400000 rw-p 00000000 00:00 0 
Rss:                4096 kB
Anonymous:          4096 kB
7f0000000000-7f0000100000 r--p 00000000 fe:00 1                      /srv/a
Rss:                  40 kB
Anonymous:             0 kB
02000000-02100000 r--p 01b00000 fe:00 247278                     /srv/a program
Rss:                 500 kB
Anonymous:             0 kB
Swap:                  0 kB
`

// What can be written, and what is not as in the file, would be another thing when it comes back.
func TestOnlyUnchangedPartsAreForgotten(t *testing.T) {
	t.Parallel()
	got, err := unchanged(strings.NewReader(smaps), "/srv/a program")
	want := []mapping{
		{0x400000, 0x1c00000, "r-xp", "/srv/a program", 12000, 0},
		{0x2000000, 0x2100000, "r--p", "/srv/a program", 500, 0},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if _, err := unchanged(strings.NewReader("x-y r--p 0 0 0\n"), ""); err == nil {
		t.Error("an address that is none is taken")
	}
}

// Not parallel: others would touch pages meanwhile. The test goes on afterwards, so what is forgotten comes back.
func TestProgramIsForgotten(t *testing.T) {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	resident := func() (kib int) {
		f, err := os.Open("/proc/self/smaps")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		parts, err := unchanged(f, program)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range parts {
			kib += m.resident
		}
		return kib
	}
	before := resident()
	n, err := forgetProgram()
	if err != nil || n == 0 {
		t.Fatalf("forgot %d bytes: %v", n, err)
	}
	if after := resident(); after > before/2 {
		t.Errorf("%d KiB of the program were resident, and then %d", before, after)
	}
}
