package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"strconv"
)

// tidied is a client whose answers x/oauth2 understands. That library refuses a whole answer over one odd field, and an answer with a rotated
// refresh token comes only once.
func tidied(c *http.Client) *http.Client {
	out := *c
	out.Transport = tidier{c.Transport}
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &out
}

type tidier struct{ next http.RoundTripper }

func (t tidier) RoundTrip(req *http.Request) (*http.Response, error) {
	next := t.next
	if next == nil {
		return nil, errors.New("credential: Config.HTTP has no transport: egress.Client.HTTP() is expected")
	}
	res, err := next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	if plain, ok := tidy(body); ok {
		body = plain
		res.Header.Set("Content-Type", "application/json")
	}
	res.Body, res.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return res, nil
}

// tidy rewrites a JSON answer, whatever its content type, to the fields and types of RFC 6749 sections 5.1 and 5.2. expires_in may be a
// string or a fraction; what has an impossible type is left out. The words of gateways (Act-On's: httpMessage, moreInformation; WSO2's:
// fault.message) become the description. Anything that is not a JSON object stays as it is.
func tidy(body []byte) ([]byte, bool) {
	var in map[string]any
	if json.Unmarshal(body, &in) != nil || in == nil {
		return nil, false
	}
	out := map[string]any{}
	for _, name := range []string{"access_token", "refresh_token", "token_type", "scope", "error", "error_description"} {
		if s, ok := in[name].(string); ok && s != "" {
			out[name] = s
		}
	}
	if seconds := number(in["expires_in"]); seconds >= 1 {
		out["expires_in"] = int64(min(seconds, math.MaxInt32))
	}
	if _, ok := out["error_description"]; !ok {
		if words := describe(in); words != "" {
			out["error_description"] = words
		}
	}
	if _, ok := out["error"]; !ok && in["error"] != nil {
		out["error"] = "error" // an object or a number instead of a code
	}
	text, err := json.Marshal(out)
	return text, err == nil
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case string:
		if f, err := strconv.ParseFloat(v, 64); err == nil {
			return f
		}
	}
	return 0
}

func describe(in map[string]any) string {
	for _, name := range []string{"moreInformation", "message", "httpMessage", "description"} {
		if s, ok := in[name].(string); ok && s != "" {
			return s
		}
	}
	for _, name := range []string{"fault", "error"} {
		if inner, ok := in[name].(map[string]any); ok {
			return describe(inner)
		}
	}
	return ""
}
