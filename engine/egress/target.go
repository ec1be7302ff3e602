package egress

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// Param is one query parameter.
type Param struct{ Name, Value string }

// CheckBase checks a base URL: absolute, http or https, no user info, query or fragment. The error does not repeat the URL.
func CheckBase(raw string) error {
	_, err := parseBase(raw)
	return err
}

// CheckCallback checks a callback URL: absolute, http or https, no user info and no fragment; a query is allowed. The error does not repeat
// the URL.
func CheckCallback(raw string) error {
	_, err := parseAbsolute(raw)
	return err
}

func parseBase(raw string) (*url.URL, error) {
	u, err := parseAbsolute(raw)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" || u.ForceQuery {
		return nil, errors.New("a base URL has no query")
	}
	if err := checkPath(u.EscapedPath()); err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	return u, nil
}

func parseAbsolute(raw string) (*url.URL, error) {
	if len(raw) > 8<<10 {
		return nil, errors.New("the URL is longer than 8 KiB")
	}
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("not a URL: https://host/path is expected") // url.Parse repeats the URL, which may hold a password
	}
	return u, checkAbsolute(u)
}

func checkAbsolute(u *url.URL) error {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return errors.New("the URL must begin with https:// or http://")
	case u.Opaque != "" || u.Hostname() == "":
		return errors.New("the URL names no host: https://host/path is expected")
	case u.User != nil:
		return errors.New("the URL holds a user name or password: credentials do not belong into a URL")
	case u.Fragment != "":
		return errors.New("the URL has a fragment (#...): leave it out")
	}
	if port := u.Port(); port != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("the URL's port is not between 1 and 65535")
		}
	}
	return nil
}

// join appends a percent-encoded path and a query to a base URL. Whatever the path says, scheme, host and the base's own path stay.
func join(base *url.URL, path string, query []Param) (*url.URL, error) {
	if err := checkPath(path); err != nil {
		return nil, err
	}
	u := *base
	escaped := strings.TrimSuffix(base.EscapedPath(), "/") + path
	decoded, err := url.PathUnescape(escaped)
	if err != nil {
		return nil, errors.New("path has a broken percent-encoding: %XX with two hex digits is expected")
	}
	u.Path, u.RawPath = decoded, escaped
	u.RawQuery = encode(query)
	return &u, nil
}

// checkPath refuses what a URL parser, a proxy or the provider might read as another place.
func checkPath(path string) error {
	if path == "" {
		return nil
	}
	if path[0] != '/' {
		return errors.New("path must begin with a slash: it is appended to the base URL")
	}
	for i := 0; i < len(path); i++ {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`?#\"<>^{|}`+"`", c) >= 0 {
			return fmt.Errorf("path has the character %q at offset %d: it must be percent-encoded", c, i)
		}
	}
	decoded, err := url.PathUnescape(path)
	if err != nil {
		return errors.New("path has a broken percent-encoding: %XX with two hex digits is expected")
	}
	for _, segment := range strings.FieldsFunc(decoded, func(r rune) bool { return r == '/' || r == '\\' }) {
		if segment == "." || segment == ".." {
			return errors.New(`path has a "." or ".." segment: it would leave the base URL`)
		}
	}
	if strings.ContainsAny(decoded, "\x00\r\n") {
		return errors.New("path holds an encoded line break or zero byte")
	}
	return nil
}

// encode writes parameters in their order, spaces as %20: url.Values sorts, and not every server reads "+" as a space.
func encode(query []Param) string {
	var b strings.Builder
	for i, p := range query {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(p.Name))
		b.WriteByte('=')
		b.WriteString(escape(p.Value))
	}
	return b.String()
}

func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
