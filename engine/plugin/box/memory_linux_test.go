package box

import (
	"os"
	"testing"
)

// A call that wrote much does not make all later resets dear: its pages are given back, and hold the image again.
func TestManyPagesAreGivenBack(t *testing.T) {
	t.Parallel()
	if err := Try(); err != nil {
		t.Skip(err)
	}
	size := os.Getpagesize()
	original := make([]byte, 256*size)
	for i := range original {
		original[i] = byte(i / 7)
	}
	image, err := NewImage(original)
	if err != nil {
		t.Fatal(err)
	}
	defer image.Close()
	m, err := image.NewMemory(uint64(512 * size))
	if err != nil {
		t.Fatal(err)
	}
	defer m.Unmap()
	view := m.Reallocate(uint64(512 * size))
	reset := func() int {
		t.Helper()
		pages, err := m.Reset()
		if err != nil {
			t.Fatal(err)
		}
		if string(view[:256*size]) != string(original) || string(view[256*size:]) != string(make([]byte, 256*size)) {
			t.Fatal("the memory is not what it was")
		}
		return pages
	}
	for i := range view {
		view[i]++
	}
	if n := reset(); n < 512 {
		t.Fatalf("%d pages were written to, want 512", n)
	}
	for range 2 * largeResets {
		for i := range 3 {
			view[i*100*size]++
		}
		reset()
	}
	// What was read to compare it counts where it is zero, and may have been mapped by the system meanwhile; the image's does not.
	view[0]++
	if n := reset(); n > 256+manyPages {
		t.Errorf("%d pages are still the guest's own", n)
	}
}
