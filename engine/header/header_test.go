package header

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestHeadersCheck(t *testing.T) {
	t.Parallel()
	many := http.Header{}
	for i := range 51 {
		many[fmt.Sprintf("x-%d", i)] = []string{"v"}
	}
	for name, c := range map[string]struct {
		headers http.Header
		want    string
	}{
		"none":         {nil, ""},
		"common":       {http.Header{"X-Api-Key": {"hush"}, "authorization": {"Bearer hush"}, "User-Agent": {"me"}, "Accept": {"*/*"}}, ""},
		"content type": {http.Header{"content-type": {"hush"}}, `"content-type" is set by the sender`},
		"ours":         {http.Header{"Webhook-Id": {"hush"}}, "Webhook-Id"},
		"platform's":   {http.Header{"elements-webhook-signature": {"hush"}}, "elements-webhook-signature"},
		"framing":      {http.Header{"Transfer-Encoding": {"hush"}}, "Transfer-Encoding"},
		"host":         {http.Header{"HOST": {"hush"}}, "HOST"},
		"proxy":        {http.Header{"Proxy-Authorization": {"hush"}}, "Proxy-Authorization"},
		"no token":     {http.Header{"x y": {"hush"}}, `"x y" is not a token`},
		"empty":        {http.Header{"": {"hush"}}, "is not a token"},
		"injection":    {http.Header{"X-A": {"hush\r\nX-B: 1"}}, "line break"},
		"many":         {many, "51 headers"},
		"long":         {http.Header{"X-A": {strings.Repeat("hush", 3000)}}, "bytes"},
	} {
		faults := Check(c.headers)
		if text := fmt.Sprint(faults); (len(faults) > 0) != (c.want != "") || !strings.Contains(text, c.want) || strings.Contains(text, "hush") {
			t.Errorf("%s: %v, want %q", name, faults, c.want)
		}
	}
	if faults := Check(http.Header{"a b": {"1"}, "Host": {"1"}}); len(faults) != 2 {
		t.Errorf("not both faults: %v", faults)
	}
}

func TestCheckBasic(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("hush", 2000)
	for _, c := range []struct {
		username, password string
		beside             http.Header
		want               string // of the user name
		wantPassword       string
	}{
		{"", "", http.Header{"Authorization": {"x"}}, "", ""}, {"ann", "", nil, "", ""}, {"ann", "a:b", http.Header{"X-A": {"x"}}, "", ""},
		{"", "hush", nil, "is missing", ""}, {"a:b", "hush", nil, "colon", ""}, {"a\x00b", "hush", nil, "control", ""}, {"ann", "hush\n", nil, "", "control"},
		{"a:b", "hush\n", nil, "colon", "control"}, {"ann", long, nil, "8003 bytes", ""},
		{"ann", "hush", http.Header{"authorization": {"x"}}, "Authorization", ""},
	} {
		name, password := CheckBasic(c.username, c.password, c.beside)
		for _, one := range []struct {
			err  error
			want string
		}{{name, c.want}, {password, c.wantPassword}} {
			if (one.err == nil) != (one.want == "") || one.err != nil && (!strings.Contains(one.err.Error(), one.want) || strings.Contains(one.err.Error(), "hush")) {
				t.Errorf("%q: %v, want %q", c.username, one.err, one.want)
			}
		}
	}
}
