package credential

import (
	"fmt"
	"io"
	"log/slog"
)

// mask is what every secret looks like.
const mask = "********"

// Secret is text that shows as ******** in fmt (every verb but %p, which go vet refuses), JSON, text
// encodings and slog. fmt cannot mask it inside another type's
// unexported field: such types here have a Format of their own.
type Secret string

// Reveal gives the text. What is revealed goes into a request or into a sealed record, nowhere else.
func (s Secret) Reveal() string { return string(s) }

// Format implements fmt.Formatter.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// String implements fmt.Stringer.
func (s Secret) String() string { return mask }

// MarshalJSON implements json.Marshaler.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + mask + `"`), nil }

// MarshalText implements encoding.TextMarshaler.
func (s Secret) MarshalText() ([]byte, error) { return []byte(mask), nil }

// LogValue implements slog.LogValuer.
func (s Secret) LogValue() slog.Value { return slog.StringValue(mask) }
