package box

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Image is a memory that many share. It is sealed: nobody, not even the host, can change it any more.
type Image struct {
	fd      int
	view    []byte // read only
	pagemap *os.File
}

// NewImage keeps a copy of memory, which is of whole system pages. It fails with ErrUnavailable where Memory would not work.
func NewImage(memory []byte) (*Image, error) {
	if len(memory) == 0 || len(memory)%os.Getpagesize() != 0 {
		return nil, fmt.Errorf("an image of %d bytes is not of whole pages", len(memory))
	}
	pagemap, err := os.Open("/proc/self/pagemap")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	i := &Image{fd: -1, pagemap: pagemap}
	if err := i.fill(memory); err != nil {
		i.Close()
		return nil, err
	}
	return i, nil
}

func (i *Image) fill(memory []byte) (err error) {
	if i.fd, err = unix.MemfdCreate("image", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err := unix.Ftruncate(i.fd, int64(len(memory))); err != nil {
		return err
	}
	size := os.Getpagesize()
	zero := make([]byte, size)
	for at := 0; at < len(memory); at += size { // what is zero stays a hole
		page := memory[at : at+size]
		if string(page) == string(zero) {
			continue
		}
		if _, err := unix.Pwrite(i.fd, page, int64(at)); err != nil {
			return err
		}
	}
	const seals = unix.F_SEAL_WRITE | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(uintptr(i.fd), unix.F_ADD_SEALS, seals); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	i.view, err = unix.Mmap(i.fd, 0, len(memory), unix.PROT_READ, unix.MAP_SHARED)
	return err
}

// Size is in bytes.
func (i *Image) Size() int { return len(i.view) }

// Close frees the image. Memories that map it stay as they are, but cannot be reset any more.
func (i *Image) Close() {
	if i.view != nil {
		_ = unix.Munmap(i.view)
		i.view = nil
	}
	if i.fd >= 0 {
		_ = unix.Close(i.fd)
		i.fd = -1
	}
	_ = i.pagemap.Close()
}

// Memory is a linear memory that begins as an image and may grow in place. It is not safe for concurrent use.
type Memory struct {
	image   *Image
	base    unsafe.Pointer
	reserve uintptr
	size    uintptr // what the guest has
	entries []uint64
	large   int // resets with more than manyPages, since pages were last given back
}

// Pages stay the guest's own, and are copied at each reset: one call with a large input would cost all later ones. So after largeResets of
// more than manyPages, long runs of them are given back to the system, which is slow, but rare; a guest that needs them gets them anew.
const (
	manyPages   = 64
	largeResets = 32
	longRun     = 16 // pages
)

// NewMemory reserves room for max bytes, and maps the image over its beginning.
func (i *Image) NewMemory(max uint64) (*Memory, error) {
	reserve := uintptr(max)
	if reserve < uintptr(i.Size()) {
		return nil, fmt.Errorf("a memory of at most %d bytes cannot hold an image of %d", max, i.Size())
	}
	const access = unix.PROT_READ | unix.PROT_WRITE
	base, err := unix.MmapPtr(-1, 0, nil, reserve, access, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("reserve %d bytes of address space: %w", max, err)
	}
	m := &Memory{image: i, base: base, reserve: reserve, size: uintptr(i.Size())}
	if _, err := unix.MmapPtr(i.fd, 0, base, uintptr(i.Size()), access, unix.MAP_PRIVATE|unix.MAP_FIXED); err != nil {
		m.Unmap()
		return nil, fmt.Errorf("map the image: %w", err)
	}
	return m, nil
}

// Reallocate gives the memory another size, without moving it; nil if there is not so much room.
func (m *Memory) Reallocate(size uint64) []byte {
	if m.base == nil || uintptr(size) > m.reserve {
		return nil
	}
	m.size = max(m.size, uintptr(size))
	return unsafe.Slice((*byte)(m.base), m.reserve)[:size:size]
}

// Free is for the runtime, which is done with the memory. Whoever made it unmaps it, when no call can reach it any more.
func (*Memory) Free() {}

// Unmap gives the memory back. Whatever reaches into it afterwards ends the process.
func (m *Memory) Unmap() {
	if m.base != nil {
		_ = unix.MunmapPtr(m.base, m.reserve)
		m.base = nil
	}
}

// Bits of an entry of /proc/self/pagemap (Linux, Documentation/admin-guide/mm/pagemap.rst).
const (
	pagePresent = 1 << 63
	pageSwapped = 1 << 62
	pageOfFile  = 1 << 61 // or shared; a page that was written to is neither
)

// Reset makes the memory what it was: pages that became the guest's own are copied from the image or, behind it, zeroed. It returns how
// many there were. They stay the guest's own, so that the next call finds them writable.
func (m *Memory) Reset() (pages int, err error) {
	if m.base == nil {
		return 0, errGone
	}
	size := uintptr(os.Getpagesize())
	n := int(m.size / size)
	if err := m.look(n, size); err != nil {
		return 0, err
	}
	memory, image := unsafe.Slice((*byte)(m.base), m.size), m.image.view
	own := func(i int) bool { return m.entries[i]&(pagePresent|pageSwapped) != 0 && m.entries[i]&pageOfFile == 0 }
	border := len(image) / int(size)
	giveBack := m.large >= largeResets
	if giveBack {
		m.large = 0
	}
	for from := 0; from < n; from++ {
		if !own(from) {
			continue
		}
		to := from + 1
		for to < n && to != border && own(to) {
			to++
		}
		run := memory[uintptr(from)*size : uintptr(to)*size]
		if giveBack && to-from >= longRun {
			if err := unix.Madvise(run, unix.MADV_DONTNEED); err != nil { // the image, or zeroes, are there again
				return 0, fmt.Errorf("give pages back: %w", err)
			}
		} else if from < border {
			copy(run, image[uintptr(from)*size:])
		} else {
			clear(run)
		}
		pages += to - from
		from = to - 1
	}
	if pages > manyPages {
		m.large++
	}
	return pages, nil
}

// look reads the state of n pages.
func (m *Memory) look(n int, size uintptr) error {
	if cap(m.entries) < n {
		m.entries = make([]uint64, n)
	}
	m.entries = m.entries[:n]
	raw := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(m.entries))), n*8)
	for at := 0; at < len(raw); {
		got, err := m.image.pagemap.ReadAt(raw[at:], int64(uintptr(m.base)/size)*8+int64(at))
		if at += got; err != nil && at < len(raw) {
			return fmt.Errorf("read the state of pages: %w", err)
		}
	}
	return nil
}

// Try reports why memories could not be reset here; nil if they can. It writes to a page of a small memory and looks whether that is seen.
func Try() error {
	size := os.Getpagesize()
	original := make([]byte, 4*size)
	for i := range original[:3*size] {
		original[i] = byte(i)
	}
	image, err := NewImage(original)
	if err != nil {
		return err
	}
	defer image.Close()
	m, err := image.NewMemory(uint64(8 * size))
	if err != nil {
		return err
	}
	defer m.Unmap()
	view := m.Reallocate(uint64(6 * size))
	sum := view[0] + view[2*size] + view[5*size] // only read
	view[size+7]++
	view[4*size+7] = 9 + sum
	pages, err := m.Reset()
	if err != nil {
		return err
	}
	clean := string(view[:4*size]) == string(original) && string(view[4*size:]) == string(make([]byte, 2*size))
	if !clean || pages < 2 || pages > 3 { // the third is the zero page that was read
		return fmt.Errorf("%w: %d pages were seen as written to", ErrUnavailable, pages)
	}
	return nil
}
