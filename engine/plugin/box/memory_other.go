//go:build !linux

package box

// Image, Memory and Try are not there on this system; see memory_linux.go.
type Image struct{}

// NewImage fails with ErrUnavailable.
func NewImage([]byte) (*Image, error) { return nil, ErrUnavailable }

// Size is 0.
func (*Image) Size() int { return 0 }

// Close does nothing.
func (*Image) Close() {}

// NewMemory fails with ErrUnavailable.
func (*Image) NewMemory(uint64) (*Memory, error) { return nil, ErrUnavailable }

// Memory is never made.
type Memory struct{}

// Reallocate gives nothing.
func (*Memory) Reallocate(uint64) []byte { return nil }

// Free does nothing.
func (*Memory) Free() {}

// Unmap does nothing.
func (*Memory) Unmap() {}

// Reset fails.
func (*Memory) Reset() (int, error) { return 0, errGone }

// Try fails with ErrUnavailable.
func Try() error { return ErrUnavailable }
