//go:build !wasip1

package sdk

import "testing"

func TestFaultFromStatus(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		retry  string
		want   string
		wait   int64
	}{
		{401, "", FaultAuth, 0}, {403, "", FaultAuth, 0},
		{404, "", FaultNotFound, 0}, {410, "", FaultNotFound, 0},
		{429, "", FaultRateLimited, 0}, {429, "120", FaultRateLimited, 120},
		{503, "", FaultTransient, 0}, {503, "7", FaultRateLimited, 7},
		{500, "", FaultTransient, 0}, {502, "", FaultTransient, 0}, {504, "", FaultTransient, 0}, {408, "", FaultTransient, 0},
		{501, "", FaultInvalid, 0}, {400, "", FaultInvalid, 0}, {302, "", FaultInvalid, 0}, {200, "", FaultInvalid, 0},
	} {
		reply := FaultFromStatus(Call{Response: &Response{Status: c.status, Headers: map[string]string{"retry-after": c.retry}}}, "busy")
		if reply.Fault.Kind != c.want || reply.Fault.RetryAfter != c.wait {
			t.Errorf("%d with Retry-After %q: %+v, want %s, %d s", c.status, c.retry, *reply.Fault, c.want, c.wait)
		}
		if problems := reply.Check(); problems != nil {
			t.Errorf("%d: %v", c.status, problems)
		}
	}
}

func TestFaultMessage(t *testing.T) {
	t.Parallel()
	call := Call{Response: &Response{Status: 502, Body: []byte("<html>\n<h1>Bad\x00 Gateway</h1>")}}
	if got, want := FaultFromStatus(call, "").Fault.Message, "HTTP 502: <html> <h1>Bad Gateway</h1>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	call.Response.Body = nil
	if got, want := FaultFromStatus(call, "").Fault.Message, "HTTP 502: no text in the answer"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := FaultFromStatus(Call{}, "x"); got.Fault.Kind != FaultInvalid {
		t.Errorf("no response: got %+v, want %s", got.Fault, FaultInvalid)
	}
}

// The dates are the three forms of RFC 9110, 5.6.7, for one instant.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	const now = 784111777000 // Sun, 06 Nov 1994 08:49:37 GMT
	for _, c := range []struct {
		retry, date string
		want        int64
	}{
		{"Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30},
		{"Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:48:37 GMT", 60},
		{"Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:36 GMT", 1},
		{"Sun, 06 Nov 1994 08:50:37 GMT", "", 60},
		{"Sun, 06 Nov 1994 08:49:36 GMT", "", 0},
		{"Fri, 31 Dec 9999 23:59:59 GMT", "Sun, 06 Nov 1994 08:49:37 GMT", 252_618_189_022},
		{"-5", "", 0}, {"soon", "", 0}, {"", "", 0}, {" 3 ", "", 3},
	} {
		call := Call{Now: now, Response: &Response{Headers: map[string]string{"retry-after": c.retry, "date": c.date}}}
		if got := RetryAfter(call); got != c.want {
			t.Errorf("Retry-After %q at %q = %d, want %d", c.retry, c.date, got, c.want)
		}
	}
	if got := RetryAfter(Call{}); got != 0 {
		t.Errorf("without a response: %d, want 0", got)
	}
}
