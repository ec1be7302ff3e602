package credential

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"

	"github.com/tink-crypto/tink-go/v2/streamingaead/subtle"
)

// Persisted format: never change it.
const (
	streamKeySize = 32      // AES-256-GCM, its key derived anew for each stream
	streamSegment = 1 << 20 // bytes that are sealed together
)

// StreamKey seals a text of any length, which is never in memory as a whole. It is made for one text and kept, sealed by the vault, beside it.
type StreamKey struct{ key []byte }

// NewStreamKey makes a random key. sealed is what OpenStreamKey, with the same context, makes it of again.
func (v *Vault) NewStreamKey(context []byte) (k StreamKey, sealed []byte, err error) {
	key := make([]byte, streamKeySize)
	_, _ = rand.Read(key) // never fails
	sealed, err = v.Seal(key, context)
	return StreamKey{key}, sealed, err
}

// OpenStreamKey opens a sealed key. Error: ErrUnreadable.
func (v *Vault) OpenStreamKey(sealed, context []byte) (StreamKey, error) {
	key, err := v.Open(sealed, context)
	if err == nil && len(key) != streamKeySize {
		err = fmt.Errorf("%w: %s", ErrUnreadable, context)
	}
	return StreamKey{key}, err
}

// Seal writes to w what is written to it, sealed, until it is closed; closing does not close w. What goes with the text unsealed, and may not be
// changed either, is its context.
func (k StreamKey) Seal(w io.Writer, context []byte) (io.WriteCloser, error) {
	cipher, err := k.cipher()
	if err != nil {
		return nil, err
	}
	return cipher.NewEncryptingWriter(w, context)
}

// Open reads what was sealed with the same context. A text that was changed, cut short or made longer ends with ErrUnreadable, before any byte of the
// changed piece; that it was cut short is known at its end only.
func (k StreamKey) Open(r io.Reader, context []byte) (io.Reader, error) {
	cipher, err := k.cipher()
	if err != nil {
		return nil, err
	}
	source := &source{Reader: r}
	plain, err := cipher.NewDecryptingReader(source, context)
	if err != nil {
		return nil, source.why()
	}
	return &unsealed{plain, source}, nil
}

func (k StreamKey) cipher() (*subtle.AESGCMHKDF, error) {
	return subtle.NewAESGCMHKDF(k.key, "SHA256", streamKeySize, streamSegment, 0)
}

// Format implements fmt.Formatter: a key is not shown.
func (k StreamKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "credential.StreamKey") }

// source remembers why reading failed, so that a failed disk is not taken for a changed text.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// why is the reason for which the cipher could not go on.
func (s *source) why() error {
	if s.err != nil {
		return s.err
	}
	return fmt.Errorf("%w: it was changed or cut short", ErrUnreadable)
}

type unsealed struct {
	plain  io.Reader
	source *source
}

func (u *unsealed) Read(p []byte) (int, error) {
	n, err := u.plain.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = u.source.why()
	}
	return n, err
}
