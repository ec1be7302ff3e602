package egress

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
)

func TestPlainCallbacksAreRefusedWhereHTTPSIsRequired(t *testing.T) {
	t.Parallel()
	var hits atomic.Int64
	url := serve(t, func(http.ResponseWriter, *http.Request) { hits.Add(1) })
	c := client(t, Config{AllowPrivate: true, HTTPSCallbacks: true})
	for _, plain := range []string{url + "/secret-path?token=x", strings.Replace(url, "http", "HTTP", 1) + "/secret-path"} {
		_, err := c.Post(t.Context(), Callback{URL: plain})
		if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "over https only: the callback URL should begin with https://") || strings.Contains(err.Error(), "secret-path") {
			t.Errorf("%v, want it refused without its path", err)
		}
	}
	if hits.Load() != 0 {
		t.Errorf("%d requests arrived", hits.Load())
	}
	if _, err := c.Post(t.Context(), Callback{URL: strings.Replace(url, "http:", "https:", 1)}); !errors.Is(err, ErrTLS) {
		t.Errorf("https: %v, want it tried", err)
	}
	if _, err := c.Do(t.Context(), Request{Base: url}); err != nil || hits.Load() != 1 {
		t.Errorf("a provider: %v", err)
	}
}

// What is wrong with a callback's URL is found again when it is sent to: it may be older than the check at its creation.
func TestPostRefusesUserInfoAndOtherSchemes(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"http://user@127.0.0.1/", "https://user:CANARY@example.com/", "https://:CANARY@example.com/", "ftp://127.0.0.1/", "ws://127.0.0.1/"} {
		if _, err := local(t).Post(t.Context(), Callback{URL: url}); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: %v", url, err)
		}
	}
}
