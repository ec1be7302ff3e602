package deliver

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The vector: computed with OpenSSL from the platform's documented algorithm.
func TestSignVector(t *testing.T) {
	t.Parallel()
	if got, want := Sign([]byte("abcd1234efgh5678"), []byte("{}")), "sha256=LNWsomfuwn8E3vWBL9bcj0QZER7i5h2yFQM4aSaCdas="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// publishedSecret and the vector below are those of the Standard Webhooks libraries.
const publishedSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestSignWebhookVector(t *testing.T) {
	t.Parallel()
	got, err := SignWebhook([]Secret{Secret(publishedSecret)}, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; err != nil || got != want {
		t.Errorf("signature %s, %v, want %s", got, err, want)
	}
}

// The standard's own library accepts our headers with either secret of an overlap, and with no other.
func TestTheStandardsVerifierAccepts(t *testing.T) {
	t.Parallel()
	older, newer, other := NewWebhookSecret(), NewWebhookSecret(), NewWebhookSecret()
	body := []byte(`{"a":1}`)
	h, err := Target{WebhookSecrets: []Secret{newer, older}}.header("x", "AWVX9OTIhdQRdI1F7Q7v", jsonType, time.Now(), body)
	if err != nil {
		t.Fatal(err)
	}
	verify := func(s Secret, body []byte) error {
		v, err := standardwebhooks.NewWebhook(string(s))
		if err != nil {
			t.Fatal(err)
		}
		return v.Verify(body, h)
	}
	for _, s := range []Secret{older, newer} {
		if err := verify(s, body); err != nil {
			t.Error(err)
		}
		if err := verify(s, []byte(`{"a":2}`)); !errors.Is(err, standardwebhooks.ErrNoMatchingSignature) {
			t.Errorf("another body: %v", err)
		}
	}
	if err := verify(other, body); !errors.Is(err, standardwebhooks.ErrNoMatchingSignature) {
		t.Errorf("another secret: %v", err)
	}
	if !strings.HasPrefix(h.Get("webhook-signature"), "v1,") || strings.Count(h.Get("webhook-signature"), " v1,") != 1 {
		t.Errorf("webhook-signature: %s", h.Get("webhook-signature"))
	}
}

func TestNewWebhookSecret(t *testing.T) {
	t.Parallel()
	a, b := NewWebhookSecret(), NewWebhookSecret()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(string(a), "whsec_"))
	if err != nil || len(key) != 32 || bytes.Equal(a, b) || CheckWebhookSecret(a) != nil {
		t.Errorf("%d bytes, %v", len(key), err)
	}
	for _, bad := range []string{
		"", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==", "whsec_not base64 but long enough to be one",
		"whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 23)), "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 65)),
	} {
		if err := CheckWebhookSecret(Secret(bad)); err == nil || bad != "" && len(bad) > 10 && strings.Contains(err.Error(), bad[8:]) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func TestNoSignatureWithoutKey(t *testing.T) {
	t.Parallel()
	h, err := Target{}.header("x", "id", jsonType, time.Unix(7, 0), []byte("{}"))
	if err != nil || h.Values("Elements-Webhook-Signature") != nil || h.Values("webhook-signature") != nil {
		t.Errorf("signed without a key: %v, %v", h, err)
	}
	if h.Get("webhook-id") != "id" || h.Get("webhook-timestamp") != "7" {
		t.Errorf("headers: %v", h)
	}
}

// A repeat has the id of the first attempt and a time of its own, or receivers would refuse it as too old.
func TestEveryAttemptIsSignedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		target := Target{
			URL: "https://x/", Enabled: true, WebhookSecrets: []Secret{[]byte("whsec_unreadable")},
			Headers: Headers{"x-key": {"k1", "k2"}, "user-agent": {"mine"}}, Username: "ann", Password: []byte("pass:word"),
		}
		w.target = func(string) (Target, error) { w.mu.Lock(); defer w.mu.Unlock(); return target, nil }
		w.script("n1", Answer{Status: 503, Header: http.Header{"Retry-After": {"1800"}}})
		w.emit("7", "n1")
		s := w.sender(nil)
		stop := w.run(s)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(w.ids()) != 0 || len(w.told()) != 0 {
			t.Errorf("sent without a signature: %v", w.ids())
		}
		w.set(func() { target.WebhookSecrets[0] = Secret(publishedSecret) })
		s.Refresh("7")
		time.Sleep(time.Hour)
		synctest.Wait()
		stop()
		verifier, err := standardwebhooks.NewWebhook(publishedSecret)
		if err != nil {
			t.Fatal(err)
		}
		if len(w.posts) != 2 || w.posts[1].at.Sub(w.posts[0].at) != 30*time.Minute {
			t.Fatalf("posts: %v", w.ids())
		}
		for _, p := range w.posts {
			if err := verifier.VerifyIgnoringTimestamp([]byte(p.body), p.header); err != nil || p.header.Get("webhook-timestamp") != decimal(p.at.Unix()) {
				t.Errorf("%v: %v", err, p.header)
			}
			username, password, ok := (&http.Request{Header: p.header}).BasicAuth()
			if !ok || username != "ann" || password != "pass:word" || len(p.header.Values("X-Key")) != 2 || p.header.Get("User-Agent") != "mine" {
				t.Errorf("headers: %v", p.header)
			}
		}
		if left := w.waiting("7"); len(left) != 0 {
			t.Errorf("waiting: %v", left)
		}
	})
}

func TestHeadersCheck(t *testing.T) {
	t.Parallel()
	many := Headers{}
	for i := range 51 {
		many["x-"+decimal(int64(i))] = []string{"v"}
	}
	for name, c := range map[string]struct {
		headers Headers
		want    string
	}{
		"none":         {nil, ""},
		"common":       {Headers{"X-Api-Key": {"hush"}, "authorization": {"Bearer hush"}, "User-Agent": {"me"}, "Accept": {"*/*"}}, ""},
		"content type": {Headers{"content-type": {"hush"}}, `"content-type" is set by the sender`},
		"ours":         {Headers{"Webhook-Id": {"hush"}}, "Webhook-Id"},
		"platform's":   {Headers{"elements-webhook-signature": {"hush"}}, "elements-webhook-signature"},
		"framing":      {Headers{"Transfer-Encoding": {"hush"}}, "Transfer-Encoding"},
		"host":         {Headers{"HOST": {"hush"}}, "HOST"},
		"proxy":        {Headers{"Proxy-Authorization": {"hush"}}, "Proxy-Authorization"},
		"no token":     {Headers{"x y": {"hush"}}, `"x y" is not a token`},
		"empty":        {Headers{"": {"hush"}}, "is not a token"},
		"injection":    {Headers{"X-A": {"hush\r\nX-B: 1"}}, "line break"},
		"many":         {many, "51 headers"},
		"long":         {Headers{"X-A": {strings.Repeat("hush", 3000)}}, "bytes"},
	} {
		err := c.headers.Check()
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := (Headers{"a b": {"1"}, "Host": {"1"}}).Check(); err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("not both faults: %v", err)
	}
}

func TestCheckBasic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		username, password string
		beside             Headers
		want               string
	}{
		{"", "", Headers{"Authorization": {"x"}}, ""}, {"ann", "", nil, ""}, {"ann", "a:b", Headers{"X-A": {"x"}}, ""},
		{"", "hush", nil, "no user name"}, {"a:b", "hush", nil, "colon"}, {"ann", "hush\n", nil, "control"},
		{"ann", "hush", Headers{"authorization": {"x"}}, "Authorization"},
	} {
		err := CheckBasic(c.username, Secret(c.password), c.beside)
		if (err == nil) != (c.want == "") || err != nil && (!strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hush")) {
			t.Errorf("%q: %v, want %q", c.username, err, c.want)
		}
	}
}
