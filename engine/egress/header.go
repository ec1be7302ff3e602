package egress

import (
	"fmt"
	"net/http"
	"strings"
)

// reserved reports whether only the host may set a header: framing and hop-by-hop fields (RFC 9110 section 7.6.1), the addressed host, and
// Accept-Encoding, since the transport decompresses under our cap only what it asked for itself.
func reserved(name string) bool {
	switch name = strings.ToLower(name); name {
	case "host", "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "content-length", "expect", "accept-encoding":
		return true
	default:
		return strings.HasPrefix(name, "proxy-")
	}
}

// credentials reports whether a header carries credentials in its own right. Only an Authorizer sets these.
func credentials(name string) bool {
	return strings.EqualFold(name, "authorization") || strings.EqualFold(name, "cookie")
}

// checkHeader refuses what may not be sent. Its errors name the field, never the value.
func checkHeader(h http.Header, forbidden func(string) bool) error {
	for name, values := range h {
		if !validHeaderName(name) {
			return fmt.Errorf("header name %q is not a token", name)
		}
		if forbidden(name) {
			return fmt.Errorf("header %q is set by the host only: leave it out", name)
		}
		for _, v := range values {
			if !validHeaderValue(v) {
				return fmt.Errorf("header %q has a value with a line break or another control character", name)
			}
		}
	}
	return nil
}

// validHeaderName checks for a token (RFC 9110 section 5.6.2).
func validHeaderName(name string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && strings.IndexByte("!#$%&'*+-.^_`|~", c) < 0 {
			return false
		}
	}
	return name != ""
}

func validHeaderValue(value string) bool {
	for i := 0; i < len(value); i++ {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
