package sdk

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Faultf is a reply that ends the scan: Faultf(FaultInvalid, "the list %s has no column of dates", id).
func Faultf(kind, format string, args ...any) Reply {
	return Reply{Fault: &Fault{Kind: kind, Message: fmt.Sprintf(format, args...)}}
}

// FaultFromStatus judges the response of c by its HTTP status alone. Most adapters look into the body first and use this for the rest.
//
//	401, 403             auth
//	404, 410             not_found
//	429, or 503 that names a time   rate_limited, with Retry-After where there is one
//	408, 425, other 5xx  transient
//	501, 505, all others invalid: asking again would not help
//
// message should hold the provider's own words; the status is put in front. Without a message an excerpt of the body is shown.
func FaultFromStatus(c Call, message string) Reply {
	if c.Response == nil {
		return Faultf(FaultInvalid, "there is no response to judge")
	}
	if message == "" {
		message = Excerpt(c.Response.Body)
	}
	if message == "" {
		message = "no text in the answer"
	}
	wait := RetryAfter(c)
	return Reply{Fault: &Fault{
		Kind:       kindOf(c.Response.Status, wait),
		Message:    fmt.Sprintf("HTTP %d: %s", c.Response.Status, message),
		RetryAfter: wait,
	}}
}

func kindOf(status int, wait int64) string {
	switch {
	case status == 401 || status == 403:
		return FaultAuth
	case status == 404 || status == 410:
		return FaultNotFound
	case status == 429, status == 503 && wait > 0:
		return FaultRateLimited
	case status == 408 || status == 425:
		return FaultTransient
	case status == 501 || status == 505:
		return FaultInvalid
	case status >= 500:
		return FaultTransient
	}
	return FaultInvalid
}

// RetryAfter reads the Retry-After header of c's response (RFC 9110, 10.2.3: seconds or an HTTP date) as whole seconds, rounded up; 0 if
// there is none or it is past. A date is measured against the response's Date header, so that the clocks of host and provider need not agree.
func RetryAfter(c Call) int64 {
	if c.Response == nil {
		return 0
	}
	value := strings.TrimSpace(c.Response.Headers["retry-after"])
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil {
		return max(seconds, 0)
	}
	until, ok := httpDate(value)
	if !ok {
		return 0
	}
	now, ok := httpDate(c.Response.Headers["date"])
	if !ok {
		now = time.UnixMilli(c.Now)
	}
	wait := until.UnixMilli() - now.UnixMilli() // no time.Duration: it ends at 292 years, and some say "never" with the year 9999
	return max((wait+999)/1000, 0)
}

// httpDate reads the three forms of RFC 9110, 5.6.7.
func httpDate(text string) (time.Time, bool) {
	for _, layout := range []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
