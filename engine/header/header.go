// Package header holds the rules for what a user may add to the requests to a callback: headers of their own, and a user name and password.
// It is pure. Package instance checks a configuration by it, so that package deliver can send what is stored without looking again. No
// message of it shows a value.
package header

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Bounds of what goes with every request.
const (
	maxHeaders = 50
	maxBytes   = 8 << 10 // of all names and values together
	maxBasic   = 4 << 10 // of a user name and its password together
)

// Check reports every header that may not be sent: names that are no token or that only the sender sets, values with control characters,
// too many or too long ones. Its errors name the header, never the value.
func Check(h http.Header) (faults []error) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if len(h) > maxHeaders {
		fault("there are %d headers; at most %d are allowed", len(h), maxHeaders)
	}
	size := 0
	for _, name := range slices.Sorted(maps.Keys(h)) {
		switch {
		case !Token(name):
			fault("header name %q is not a token: letters, digits and hyphens are", shorten(name))
		case ours(name):
			fault("header %q is set by the sender: leave it out", name)
		}
		for _, value := range h[name] {
			size += len(name) + len(value)
			if strings.ContainsFunc(value, control) {
				fault("header %q has a value with a line break or another control character", shorten(name))
			}
		}
	}
	if size > maxBytes {
		fault("the headers have %d bytes; at most %d are allowed", size, maxBytes)
	}
	return faults
}

// CheckBasic tells what is wrong with a user name, and what with a password, for basic authentication (RFC 7617) beside these headers. Both
// empty: none.
func CheckBasic(username, password string, beside http.Header) (ofUsername, ofPassword error) {
	if username == "" && password == "" {
		return nil, nil
	}
	if strings.ContainsFunc(password, control) {
		ofPassword = errors.New("holds a control character")
	}
	switch {
	case username == "":
		return errors.New("is missing: there is a password for basic authentication, give both or none"), ofPassword
	case strings.Contains(username, ":"):
		return errors.New("holds a colon, which would end it"), ofPassword
	case strings.ContainsFunc(username, control):
		return errors.New("holds a control character"), ofPassword
	case len(username)+len(password) > maxBasic:
		return fmt.Errorf("and its password have %d bytes; at most %d are allowed", len(username)+len(password), maxBasic), ofPassword
	}
	for name := range beside {
		if strings.EqualFold(name, "Authorization") {
			return errors.New("is given, and so is a header Authorization: leave one out"), ofPassword
		}
	}
	return nil, ofPassword
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

// Token reports whether a text can be the name of a header (RFC 9110, 5.6.2).
func Token(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}

func control(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f }

func shorten(name string) string {
	const most = 60
	if len(name) <= most {
		return name
	}
	return strings.ToValidUTF8(name[:most], "") + "..."
}
