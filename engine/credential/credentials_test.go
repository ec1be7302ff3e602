package credential

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

func TestCredentialIsStoredSealed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	if key := w.ref.Key(); key.Partition != store.PartitionOf("17") || key.Name != "credential/cred-1" {
		t.Errorf("key %v", key)
	}
	if key := (Ref{ID: "a"}).Key(); key.Partition != store.PartitionOf("a") {
		t.Errorf("key without a home %v", key)
	}
	records, err := w.store.Scan(t.Context(), store.PartitionOf("17"), "", store.Key{}, 10)
	if err != nil || len(records) != 1 {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for _, clear := range []string{canary, "key-1", "oauth", "access", "http"} {
		if strings.Contains(string(records[0].Value), clear) {
			t.Errorf("the record holds %q in clear", clear)
		}
	}
	for range 2 { // the second time from the cache
		s, err := w.creds.Load(t.Context(), w.ref)
		if err != nil {
			t.Fatal(err)
		}
		if s.Generation != 1 || s.Version != 1 || s.Values["oauth.api.secret"] != canary+"-client" || s.Tokens.Refresh != canary+"-refresh-0" || !s.Tokens.Expiry.Equal(w.client().Tokens.Expiry) {
			t.Errorf("loaded generation %d, version %d", s.Generation, s.Version)
		}
		s.Values["oauth.api.secret"], s.Tokens.Access = "spoiled", "spoiled" // must not reach the cache
	}
}

func TestReplaceAndDelete(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, Credential{Values: map[string]Secret{"a": "1"}})
	old, err := w.creds.Load(t.Context(), w.ref)
	if err != nil {
		t.Fatal(err)
	}
	put, err := w.creds.Replace(old, Credential{Values: map[string]Secret{"a": "2"}})
	w.commit(t, put, err)
	now, err := w.creds.Load(t.Context(), w.ref)
	if err != nil || now.Values["a"] != "2" || now.Generation != 2 || now.Version != 2 {
		t.Fatalf("replaced: generation %d, %v", now.Generation, err)
	}
	for name, stale := range map[string]store.Put{"replace": put, "delete": w.creds.Delete(old)} {
		if _, err := store.One(w.store.Commit(t.Context(), store.Change{Puts: []store.Put{stale}})); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s of what has changed: %v", name, err)
		}
	}
	w.commit(t, w.creds.Delete(now), nil)
	if _, err = w.creds.Load(t.Context(), w.ref); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleted: %v", err)
	}
	w.create(t, Credential{Values: map[string]Secret{"a": "3"}}) // version 1 once more
	if again, err := w.creds.Load(t.Context(), w.ref); err != nil || again.Values["a"] != "3" {
		t.Errorf("made again: %v", err)
	}
}

func TestRecordMovedToAnotherNameDoesNotOpen(t *testing.T) {
	t.Parallel()
	w := setup(t)
	put, err := w.creds.Put(Ref{ID: "of-somebody-else", Home: "17"}, w.client())
	put.Key = w.ref.Key()
	w.commit(t, put, err)
	if _, err := w.creds.Load(t.Context(), w.ref); !errors.Is(err, ErrUnreadable) {
		t.Errorf("%v, want unreadable", err)
	}
	for _, bad := range []string{"", "a\x00b", strings.Repeat("a", 257)} {
		if _, err := w.creds.Put(Ref{ID: bad}, Credential{}); err == nil {
			t.Errorf("id %.10q is accepted", bad)
		}
	}
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.creds.cache.max = 3
	for i := range 10 {
		w.ref.ID = fmt.Sprint(i)
		w.create(t, Credential{Values: map[string]Secret{"i": Secret(fmt.Sprint(i))}})
		for range 2 {
			if s, err := w.creds.Load(t.Context(), w.ref); err != nil || s.Values["i"].Reveal() != fmt.Sprint(i) {
				t.Fatalf("%d: %v", i, err)
			}
		}
	}
	if n := len(w.creds.cache.byKey); n != 3 || w.creds.cache.used.Len() != 3 {
		t.Errorf("%d in the cache, want 3", n)
	}
}

func TestForgottenCredentialIsNotInMemory(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, Credential{Values: map[string]Secret{"a": "1"}})
	if _, err := w.creds.Load(t.Context(), w.ref); err != nil || w.creds.Opened() != 1 {
		t.Fatalf("%d opened, %v, want 1", w.creds.Opened(), err)
	}
	w.creds.Forget(Ref{ID: "another"})
	if n := w.creds.Opened(); n != 1 {
		t.Errorf("%d opened after another was forgotten, want 1", n)
	}
	w.creds.Forget(w.ref)
	if n := w.creds.Opened(); n != 0 {
		t.Errorf("%d opened after it was forgotten, want none", n)
	}
	s, err := w.creds.Load(t.Context(), w.ref)
	if err != nil || s.Values["a"] != "1" { // nothing was deleted
		t.Errorf("after that: %v", err)
	}
	_, before := w.creds.cache.state()
	w.creds.Forget(w.ref)
	w.creds.cache.put(store.Record{Key: w.ref.Key(), Value: []byte("sealed")}, s, before) // by a load that began before
	if n := w.creds.Opened(); n != 0 {
		t.Errorf("%d opened by a load that began before it was forgotten, want none", n)
	}
}

func TestAuthorizer(t *testing.T) {
	t.Parallel()
	values := map[string]Secret{"AppID": "app-1", "api.username": "Aladdin", "api.password": "open sesame", "odd": "a\r\nX: y", "colon": "a:b", "empty": ""}
	tests := []struct {
		name string
		auth sdk.Auth
		want map[string]string
		err  string
	}{
		{"none", sdk.Auth{Type: sdk.AuthNone}, map[string]string{}, ""},
		{"iContact", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"API-AppId": "{AppID}", "API-Password": "{api.password}", "API-Version": "2.2"}},
			map[string]string{"Api-Appid": "app-1", "Api-Password": "open sesame", "Api-Version": "2.2"}, ""},
		{"two in one", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "x {AppID}/{api.username}."}}, map[string]string{"A": "x app-1/Aladdin."}, ""},
		// the example of RFC 7617 section 2
		{"basic", sdk.Auth{Type: sdk.AuthBasic, Username: "{api.username}", Password: "{api.password}"}, map[string]string{"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}, ""},
		{"colon", sdk.Auth{Type: sdk.AuthBasic, Username: "{colon}", Password: "{api.password}"}, nil, "colon"},
		{"missing", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "{api.key}"}}, nil, `"api.key"`},
		{"missing user", sdk.Auth{Type: sdk.AuthBasic, Username: "{x}", Password: "{api.password}"}, nil, `"x"`},
		{"missing password", sdk.Auth{Type: sdk.AuthBasic, Username: "{AppID}", Password: "{y}"}, nil, `"y"`},
		{"empty", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "{empty}"}}, nil, `"empty"`},
		{"unclosed", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "{AppID"}}, nil, "without }"},
		{"line break", sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "{odd}"}}, nil, `header "A"`},
		{"unknown", sdk.Auth{Type: "magic"}, nil, `"magic"`},
		{"no tokens", auth(), nil, "authorize the instance again"},
		{"no endpoint", sdk.Auth{Type: sdk.AuthOAuth2}, nil, "authorize the instance again"},
	}
	w := setup(t)
	w.create(t, Credential{Values: values})
	for _, tt := range tests {
		a, err := w.creds.Authorizer(t.Context(), w.ref, tt.auth)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) || strings.Contains(err.Error(), "sesame") || strings.Contains(err.Error(), "X: y") {
				t.Errorf("%s: %v, want %s and no value", tt.name, err, tt.err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		header := sent(t, a)
		if len(header) != len(tt.want) {
			t.Errorf("%s: headers %v", tt.name, header)
		}
		for name, want := range tt.want {
			if header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", tt.name, name, header.Get(name), want)
			}
		}
	}
	if _, err := w.creds.Authorizer(t.Context(), Ref{ID: "nobody"}, tests[1].auth); !errors.Is(err, ErrNotFound) {
		t.Errorf("unknown credential: %v", err)
	}
}

func TestRefreshOfWhatHasNoToken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, Credential{Values: map[string]Secret{"k": "1"}})
	headers := sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"A": "{k}"}}
	if _, err := w.creds.Refresh(t.Context(), w.ref, headers, 1); !errors.Is(err, ErrReauthenticate) {
		t.Errorf("%v, want re-authenticate", err)
	}
	old, err := w.creds.Load(t.Context(), w.ref)
	if err != nil {
		t.Fatal(err)
	}
	put, err := w.creds.Replace(old, Credential{Values: map[string]Secret{"k": "2"}})
	w.commit(t, put, err)
	a, err := w.creds.Refresh(t.Context(), w.ref, headers, 1) // the user has corrected it since
	if err != nil || sent(t, a).Get("A") != "2" || a.Generation() != 2 {
		t.Errorf("after a correction: %v", err)
	}
}

func TestConfigIsChecked(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []Config{{}, {Vault: w.vault, Store: w.store}, {Vault: w.vault, Store: w.store, HTTP: w.http, Margin: -1}, {Vault: w.vault, Store: w.store, HTTP: w.http, Cache: -1}} {
		if _, err := New(c); err == nil {
			t.Error("an incomplete configuration is accepted")
		}
	}
}
