//go:build !wasip1

package sdk

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// isKey: a lower-case letter, then lower-case letters, digits, dots and dashes.
func isKey(text string) bool {
	return text != "" && text[0] >= 'a' && text[0] <= 'z' && only(text, func(c byte) bool {
		return 'a' <= c && c <= 'z' || isDigit(c) || c == '.' || c == '-'
	})
}

// isConfigKey: letters, digits, dots, dashes and underscores.
func isConfigKey(text string) bool {
	return text != "" && only(text, func(c byte) bool { return isLetter(c) || isDigit(c) || c == '.' || c == '-' || c == '_' })
}

// isToken: a token of RFC 9110, 5.6.2, as in header names and methods.
func isToken(text string) bool {
	return text != "" && only(text, func(c byte) bool {
		return isLetter(c) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
	})
}

// isHubPath: "/contacts", "/lists/{listId}/contacts".
func isHubPath(text string) bool {
	if !strings.HasPrefix(text, "/") {
		return false
	}
	for segment := range strings.SplitSeq(text[1:], "/") {
		if strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}") {
			segment = segment[1 : len(segment)-1]
		}
		if !isConfigKey(segment) || segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

func isWeb(u *url.URL) bool {
	return (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

// ownedByHTTP says whether a header is part of the connection and nobody's to set.
func ownedByHTTP(name string) bool {
	switch strings.ToLower(name) {
	case "host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "trailer", "upgrade", "proxy-connection":
		return true
	}
	return false
}

// ownedByHost says whether a header carries credentials: the host's to set, never an adapter's.
func ownedByHost(name string) bool {
	switch strings.ToLower(name) {
	case "authorization", "proxy-authorization", "cookie":
		return true
	}
	return false
}

func only(text string, ok func(byte) bool) bool {
	for i := range len(text) {
		if !ok(text[i]) {
			return false
		}
	}
	return true
}

func sortedKeys(m map[string]string) []string {
	return slices.Sorted(maps.Keys(m))
}
