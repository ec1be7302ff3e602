package deliver

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
)

// Bounds of what a user adds to the header of every request.
const (
	maxHeaders     = 50
	maxHeaderBytes = 8 << 10
)

// Headers are headers that a user wants on every request, such as a key of the receiver's. Their values never print.
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

// Check reports every header that may not be sent: names that are no token or that only the sender sets, values with control characters,
// too many or too long ones. Its errors name the header, never the value. An instance whose headers pass can be stored.
func (h Headers) Check() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(h) > maxHeaders {
		fault("there are %d headers; at most %d are allowed", len(h), maxHeaders)
	}
	size := 0
	for _, name := range h.names() {
		switch {
		case !token(name):
			fault("header name %q is not a token: letters, digits and hyphens are", name)
		case ours(name):
			fault("header %q is set by the sender: leave it out", name)
		}
		for _, value := range h[name] {
			size += len(name) + len(value)
			if strings.ContainsFunc(value, control) {
				fault("header %q has a value with a line break or another control character", name)
			}
		}
	}
	if size > maxHeaderBytes {
		fault("the headers have %d bytes; at most %d are allowed", size, maxHeaderBytes)
	}
	return errors.Join(faults...)
}

// CheckBasic tells what is wrong with a user name and password for basic authentication (RFC 7617) beside these headers. Both empty: none.
func CheckBasic(username string, password Secret, beside Headers) error {
	if username == "" && len(password) == 0 {
		return nil
	}
	switch {
	case username == "":
		return errors.New("there is a password for basic authentication and no user name: give both")
	case strings.Contains(username, ":"):
		return errors.New("the user name for basic authentication holds a colon, which would end it")
	case strings.ContainsFunc(username, control) || strings.ContainsFunc(string(password), control):
		return errors.New("the user name or password for basic authentication holds a control character")
	}
	for name := range beside {
		if strings.EqualFold(name, "Authorization") {
			return errors.New("there are both an Authorization header and a user name for basic authentication: leave one out")
		}
	}
	return nil
}

func basic(username string, password Secret) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+string(password)))
}

// ours reports names that only the sender sets: those of a notification, and the framing and hop-by-hop fields of RFC 9110, 7.6.1, which
// the client would refuse.
func ours(name string) bool {
	switch name = strings.ToLower(name); name {
	case "content-type", "content-length", "content-encoding", "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding",
		"upgrade", "expect", "accept-encoding":
		return true
	}
	for _, prefix := range []string{"webhook-", "elements-webhook-", "proxy-"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// token is RFC 9110, 5.6.2.
func token(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

func control(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }
