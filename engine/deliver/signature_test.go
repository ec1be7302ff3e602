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
