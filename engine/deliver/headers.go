package deliver

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
)

// Headers are headers that a user wants on every request, such as a key of the receiver's; package header says which may be. Their values
// never print.
type Headers http.Header

// String hides the values.
func (h Headers) String() string { return fmt.Sprint(h.names()) + " " + masked }

// GoString hides the values from %#v.
func (h Headers) GoString() string { return h.String() }

// MarshalJSON hides the values.
func (h Headers) MarshalJSON() ([]byte, error) {
	hidden := make(map[string]string, len(h))
	for name := range h {
		hidden[name] = masked
	}
	return json.Marshal(hidden)
}

// LogValue hides the values.
func (h Headers) LogValue() slog.Value { return slog.StringValue(h.String()) }

func (h Headers) names() []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func basic(username string, password Secret) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+string(password)))
}
