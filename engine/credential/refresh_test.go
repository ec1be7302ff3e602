package credential

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

var errDisk = errors.New("disk is full")

func TestTokenIsUsedUntilItsMargin(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	a, err := w.creds.Authorizer(t.Context(), w.ref, auth())
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-0" || a.Generation() != 1 {
		t.Errorf("fresh: %s of generation %d", got, a.Generation())
	}
	w.clock.add(59*time.Minute - time.Second)
	if a, err = w.creds.Authorizer(t.Context(), w.ref, auth()); bearer(t, a, err) != "Bearer "+canary+"-access-0" || w.provider.count() != 0 {
		t.Error("refreshed too early")
	}
	w.clock.add(time.Second)
	a, err = w.creds.Authorizer(t.Context(), w.ref, auth())
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-1" || a.Generation() != 2 || w.provider.count() != 1 {
		t.Errorf("at the margin: %s, %d requests", got, w.provider.count())
	}
	if got := w.provider.requests[0]; got["grant_type"] != "refresh_token" || got["refresh_token"] != canary+"-refresh-0" || got["client_id"] != "key-1" || got["client_secret"] != canary+"-client" || got[""] != "POST /token" {
		t.Errorf("sent %v", got)
	}
}

func TestShortLivedTokenIsNotRefreshedAllTheTime(t *testing.T) {
	t.Parallel()
	w := setup(t)
	c := w.client()
	c.Tokens.Expiry = w.clock.Now().Add(10 * time.Second) // shorter than the margin
	w.create(t, c)
	w.clock.add(7 * time.Second)
	if _, err := w.creds.Authorizer(t.Context(), w.ref, auth()); err != nil || w.provider.count() != 0 {
		t.Errorf("%d requests, %v", w.provider.count(), err)
	}
	w.clock.add(time.Second)
	if _, err := w.creds.Authorizer(t.Context(), w.ref, auth()); err != nil || w.provider.count() != 1 {
		t.Errorf("%d requests, %v", w.provider.count(), err)
	}
}

func TestTokenWithoutExpiryIsUsedUntilRefused(t *testing.T) {
	t.Parallel()
	w := setup(t)
	c := w.client()
	c.Tokens.Expiry, c.Tokens.Refresh = time.Time{}, ""
	w.create(t, c)
	w.clock.add(1000 * time.Hour)
	if a, err := w.creds.Authorizer(t.Context(), w.ref, auth()); bearer(t, a, err) != "Bearer "+canary+"-access-0" {
		t.Error("not used")
	}
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); !errors.Is(err, ErrReauthenticate) || w.provider.count() != 0 {
		t.Errorf("no refresh token: %v", err)
	}
}

// The one that matters most: a second use of a rotating refresh token would end the authorization.
func TestFiftyCallersOneRefresh(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*world) (*Authorized, error){
		"expired": func(w *world) (*Authorized, error) { return w.creds.Authorizer(context.Background(), w.ref, auth()) },
		"refused": func(w *world) (*Authorized, error) { return w.creds.Refresh(context.Background(), w.ref, auth(), 1) },
	} {
		w := setup(t)
		w.create(t, w.client())
		if name == "expired" {
			w.clock.add(2 * time.Hour)
		}
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				a, err := call(w)
				if err != nil {
					t.Errorf("%s: %v", name, err)
					return
				}
				if a.header["Authorization"].Reveal() != "Bearer "+canary+"-access-1" || a.Generation() != 2 {
					t.Errorf("%s: another token of generation %d", name, a.Generation())
				}
			})
		}
		all.Wait()
		if n := w.provider.count(); n != 1 {
			t.Errorf("%s: %d requests to the token endpoint, want 1", name, n)
		}
	}
}

// A caller whose token was refused joins a flight that began before the refusal: it must not get the refused token back.
func TestRefusalDuringAnotherFlight(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); err != nil { // generation 2
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			failed := uint64(1 + i%2)
			a, err := w.creds.Refresh(context.Background(), w.ref, auth(), failed)
			if err != nil || a.Generation() <= failed {
				t.Errorf("failed generation %d: got %v, %v", failed, a, err)
			}
		})
	}
	all.Wait()
	if n := w.provider.count(); n != 2 {
		t.Errorf("%d requests, want 2", n)
	}
}

func TestNewerGenerationIsUsedWithoutARequest(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	other := w.node(t)
	if _, err := other.Refresh(t.Context(), w.ref, auth(), 1); err != nil {
		t.Fatal(err)
	}
	a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
	if bearer(t, a, err) != "Bearer "+canary+"-access-1" || w.provider.count() != 1 {
		t.Errorf("%d requests, want 1", w.provider.count())
	}
}

// Invariant: tokens are stored before they are used, and no failure to store them loses them.
func TestTokensThatCannotBeStoredAreKeptAndNotUsed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.clock.add(59*time.Minute + 30*time.Second) // in the margin: the old access token would still do
	w.store.set(func(context.Context) error { return errDisk }, nil)
	for range 3 {
		_, err := w.creds.Authorizer(t.Context(), w.ref, auth())
		if !errors.Is(err, ErrUnstored) || !errors.Is(err, errDisk) || leaks(shown(t, err)) {
			t.Fatalf("%v, want unstored because of the disk", err)
		}
		if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); !errors.Is(err, ErrUnstored) {
			t.Fatalf("%v, want unstored", err)
		}
	}
	if err := w.creds.Close(t.Context()); !errors.Is(err, ErrUnstored) || !strings.Contains(err.Error(), "cred-1") {
		t.Errorf("Close with a failing store: %v", err)
	}
	w.store.set(nil, nil)
	if err := w.creds.Close(t.Context()); err != nil {
		t.Errorf("Close with the store back: %v", err)
	}
	a, err := w.node(t).Authorizer(t.Context(), w.ref, auth()) // the next process
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-1" || w.provider.count() != 1 {
		t.Errorf("after the restart: %s, %d requests, want the kept token and 1", got, w.provider.count())
	}
}

func TestUnstoredTokensAreStoredByTheNextCall(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.store.set(func(context.Context) error { return errDisk }, nil)
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); !errors.Is(err, ErrUnstored) {
		t.Fatalf("%v, want unstored", err)
	}
	w.store.set(nil, nil)
	a, err := w.creds.Authorizer(t.Context(), w.ref, auth())
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-1" || a.Generation() != 2 || w.provider.count() != 1 {
		t.Errorf("%s of generation %d, %d requests", got, a.Generation(), w.provider.count())
	}
	if s, err := w.node(t).Load(t.Context(), w.ref); err != nil || s.Tokens.Refresh != canary+"-refresh-1" {
		t.Errorf("not stored: %v", err)
	}
}

func TestCommitOfUnknownOutcome(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.store.set(nil, func() error { return errDisk }) // it went through, but who knows
	a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-1" || a.Generation() != 2 || w.provider.count() != 1 {
		t.Errorf("%s of generation %d, %d requests", got, a.Generation(), w.provider.count())
	}
}

// once runs f before the first commit only.
func once(f func()) func(context.Context) error {
	var o sync.Once
	return func(context.Context) error { o.Do(f); return nil }
}

func TestValuesChangedDuringARefresh(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.store.set(once(func() { // PATCH of another value, tokens kept
		s, err := w.node(t).Load(t.Context(), w.ref)
		if err != nil {
			t.Error(err)
			return
		}
		s.Values["oauth.callback.url"] = "https://new.example"
		put, err := w.creds.Replace(s, s.Credential)
		w.commit(t, put, err)
	}), nil)
	a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
	if got := bearer(t, a, err); got != "Bearer "+canary+"-access-1" || a.Generation() != 3 {
		t.Errorf("%s of generation %d", got, a.Generation())
	}
	s, err := w.node(t).Load(t.Context(), w.ref)
	if err != nil || s.Tokens.Refresh != canary+"-refresh-1" || s.Values["oauth.callback.url"] != "https://new.example" {
		t.Errorf("one of the two changes is lost: %v", err)
	}
}

func TestAnotherWritersTokensWin(t *testing.T) {
	t.Parallel()
	for _, when := range []string{"at the commit", "after a failed commit"} {
		w := setup(t)
		w.create(t, w.client())
		reauthorize := func() {
			s, err := w.node(t).Load(t.Context(), w.ref)
			if err != nil {
				t.Error(err)
				return
			}
			s.Tokens = &Tokens{Access: "theirs", Refresh: "theirs-r", Obtained: w.clock.Now(), Expiry: w.clock.Now().Add(time.Hour)}
			put, err := w.creds.Replace(s, s.Credential)
			w.commit(t, put, err)
		}
		if when == "at the commit" {
			w.store.set(once(reauthorize), nil)
		} else {
			w.store.set(func(context.Context) error { return errDisk }, nil)
			if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); !errors.Is(err, ErrUnstored) {
				t.Fatalf("%v, want unstored", err)
			}
			w.store.set(nil, nil)
			reauthorize()
		}
		a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
		if got := bearer(t, a, err); got != "Bearer theirs" || w.provider.count() != 1 {
			t.Errorf("%s: %s, %d requests", when, got, w.provider.count())
		}
		if s, err := w.node(t).Load(t.Context(), w.ref); err != nil || s.Tokens.Access != "theirs" || s.Generation != 2 {
			t.Errorf("%s: theirs were overwritten: %v", when, err)
		}
		if len(w.creds.pending) != 0 {
			t.Errorf("%s: ours are still kept", when)
		}
	}
}

// Two processes refresh at once: the provider refuses the second, which then finds what the first has stored.
func TestRefreshTokenUsedByAnotherProcess(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	other := w.node(t)
	w.provider.answer = func(out http.ResponseWriter, _ *http.Request) {
		w.provider.set(func(p *provider) { p.answer = nil })
		if _, err := other.Refresh(context.Background(), w.ref, auth(), 1); err != nil {
			t.Error(err)
		}
		out.WriteHeader(http.StatusForbidden)
		_, _ = io.WriteString(out, `{"error":"invalid_grant"}`)
	}
	a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1)
	if bearer(t, a, err) != "Bearer "+canary+"-access-1" {
		t.Error("theirs are not used")
	}
}

func TestLostAnswerEndsInReauthentication(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.clock.add(2 * time.Hour)
	w.provider.answer = func(http.ResponseWriter, *http.Request) { // rotated, but the answer never comes
		w.provider.set(func(p *provider) { p.refresh, p.answer = "gone", nil })
		panic(http.ErrAbortHandler)
	}
	if _, err := w.creds.Authorizer(t.Context(), w.ref, auth()); !errors.Is(err, ErrTransient) {
		t.Errorf("%v, want transient", err)
	}
	_, err := w.creds.Authorizer(t.Context(), w.ref, auth())
	if !errors.Is(err, ErrReauthenticate) || !strings.Contains(err.Error(), "Unknown or invalid refresh token.") {
		t.Errorf("%v, want to authorize again in the provider's words", err)
	}
}

func TestTroubleAheadOfExpiryIsNotFelt(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.provider.answer = func(out http.ResponseWriter, _ *http.Request) { out.WriteHeader(http.StatusServiceUnavailable) }
	w.clock.add(59*time.Minute + 30*time.Second)
	if a, err := w.creds.Authorizer(t.Context(), w.ref, auth()); bearer(t, a, err) != "Bearer "+canary+"-access-0" {
		t.Error("the token that is still good is not used")
	}
	w.clock.add(time.Minute)
	if _, err := w.creds.Authorizer(t.Context(), w.ref, auth()); !errors.Is(err, ErrTransient) {
		t.Errorf("expired: %v, want transient", err)
	}
	if !strings.Contains(w.log.String(), "cred-1") || leaks(w.log.String()) {
		t.Errorf("log: %s", w.log)
	}
}

func TestCallerThatLeavesDoesNotEndTheRefresh(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.provider.arrived, w.provider.hold = make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := w.creds.Refresh(ctx, w.ref, auth(), 1)
		done <- err
	}()
	<-w.provider.arrived
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the caller got %v", err)
	}
	early, stop := context.WithCancel(t.Context())
	stop()
	if err := w.creds.Close(early); !errors.Is(err, context.Canceled) {
		t.Errorf("Close while a refresh is under way: %v", err)
	}
	close(w.provider.hold)
	if err := w.creds.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s, err := w.node(t).Load(t.Context(), w.ref); err != nil || s.Tokens.Refresh != canary+"-refresh-1" {
		t.Errorf("the answer is lost: %v", err)
	}
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 2); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: %v", err)
	}
}

func TestDeletedDuringARefresh(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	w.store.set(once(func() {
		s, err := w.node(t).Load(t.Context(), w.ref)
		w.commit(t, w.creds.Delete(s), err)
	}), nil)
	if _, err := w.creds.Refresh(t.Context(), w.ref, auth(), 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("%v, want not found", err)
	}
	if s, err := w.creds.Load(t.Context(), w.ref); !errors.Is(err, ErrNotFound) || len(w.creds.pending) != 0 {
		t.Errorf("it is back: %v, %v", s, err)
	}
}

// A failed generation from before the credential was deleted and made again must not loop.
func TestRefreshOfAGenerationThatNeverWas(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	a, err := w.creds.Refresh(t.Context(), w.ref, auth(), 99)
	if bearer(t, a, err) != "Bearer "+canary+"-access-1" || w.provider.count() != 1 {
		t.Errorf("%d requests", w.provider.count())
	}
}

// Everything that could hold a secret after a busy life: all records, the log, the errors.
func TestNoCanaryAnywhere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.create(t, w.client())
	var errs []error
	for i := range uint64(5) {
		if i == 3 {
			w.store.set(func(context.Context) error { return errDisk }, nil)
		}
		_, err := w.creds.Refresh(t.Context(), w.ref, auth(), i+1)
		errs = append(errs, err)
		w.store.set(nil, nil)
	}
	w.provider.set(func(p *provider) { p.refresh = "other" })
	_, err := w.creds.Refresh(t.Context(), w.ref, auth(), 99)
	errs = append(errs, err)
	if !errors.Is(errs[3], ErrUnstored) || !errors.Is(errs[5], ErrReauthenticate) {
		t.Fatalf("errors %v", errs)
	}
	all := w.log.String() + fmt.Sprintf("%v %+v %#v", errs, errs, errs)
	for p := range store.Partitions {
		records, err := w.store.Scan(t.Context(), store.Partition(p), "", store.Key{}, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range records {
			all += rec.Key.Name + string(rec.Value)
		}
	}
	if !strings.Contains(all, "credential/cred-1") {
		t.Fatal("the dump is empty")
	}
	if leaks(all) {
		t.Error("a secret lies in clear")
	}
}
