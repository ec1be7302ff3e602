package deliver

import (
	"net"
	"net/url"
	"strings"
)

// hostOf is what a callback's URL is limited by: host and port, lower case, without the default port of its scheme.
func hostOf(callback string) string {
	u, err := url.Parse(callback)
	if err != nil {
		return "" // it cannot be sent either
	}
	host, port := strings.TrimSuffix(strings.ToLower(u.Hostname()), "."), u.Port()
	if port == "" || port == "80" && strings.EqualFold(u.Scheme, "http") || port == "443" && strings.EqualFold(u.Scheme, "https") {
		if strings.Contains(host, ":") {
			return "[" + host + "]"
		}
		return host
	}
	return net.JoinHostPort(host, port)
}
