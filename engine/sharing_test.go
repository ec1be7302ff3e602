package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	"github.com/pollwright/pollwright/sdk"
)

// without takes keys out of a body.
func without(t *testing.T, body []byte, keys ...string) []byte {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(body, &fields); err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		delete(fields, key)
	}
	text, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// unlimited lets tests ask as fast as they can.
func (w *world) unlimited() {
	w.t.Helper()
	if err := w.acton.SetOptions(func(o *acton.Options) { o.PerSecond, o.AuthPerHour = -1, -1 }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refreshes() int { return w.acton.TokenStats().Issued["refresh_token"] }

// shared is a body that names a credential, with a code or without.
func (w *world) shared(name string, code bool, change map[string]any) []byte {
	c := map[string]any{"oauth.credential": name}
	add(c, change)
	body := w.body("acton", c)
	if !code {
		body = without(w.t, body, "providerData")
	}
	return body
}

// problem expects an error with a path and a word in its message.
func problem(t *testing.T, err error, path, word string) {
	t.Helper()
	var bad *instance.InvalidError
	if !errors.As(err, &bad) || len(bad.Problems) == 0 || bad.Problems[0].Path != path || !strings.Contains(bad.Problems[0].Message, word) {
		t.Errorf("error %v, want one of %s about %q", err, path, word)
	}
}

func (w *world) failed(body []byte) error {
	w.t.Helper()
	_, err := w.engine.CreateInstance(context.Background(), w.caller, body)
	if err == nil {
		w.t.Error("an instance was made")
	}
	return err
}

func TestManyPollsOnAnExpiredTokenRefreshItOnce(t *testing.T) {
	t.Parallel()
	const each = 12
	resources := map[string]any{}
	for n := range each {
		resources[fmt.Sprintf("r%d", n)] = map[string]any{"url": "/hubs/marketing/lists/l-0001/contacts?where=modafter='${epoch}'", "idField": "_contact_id_",
			"datesConfiguration": map[string]any{"updatedDateField": "__modified_date", "updatedDateFormat": "milliseconds"}}
	}
	for _, how := range []string{"refused by the provider", "known to be over"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			ahead := time.Duration(0)
			w := setup(t, func(c *engine.Config) {
				c.Polls, c.FirstPoll = 2*each, -1
				c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
			})
			w.unlimited()
			change := map[string]any{"event.poller.refresh_interval": "600", "event.poller.configuration": resources}
			one := w.create(w.shared("main", true, change))
			two := w.create(w.shared("main", false, change))
			both := []*engine.Instance{one, two}
			w.polledSince(time.Time{}, 2*each, both)
			since := time.Now()
			if how == "known to be over" {
				mu.Lock()
				ahead = 59*time.Minute + 30*time.Second // within the margin: the provider still takes it
				since = since.Add(ahead)
				mu.Unlock()
			} else {
				w.acton.ExpireTokens()
			}
			began := time.Now()
			for _, in := range both {
				if err := w.engine.Enable(context.Background(), w.caller, in.ID); err != nil {
					t.Fatal(err)
				}
			}
			w.polledSince(since, 2*each, both)
			// Five requests a second are for all who share a credential; two buckets would be through in less than half the time.
			if took, least := time.Since(began), 2*each/5*time.Second-2*time.Second; took < least {
				t.Errorf("the polls took %v, at the common limit they take %v", took, least)
			}
			if stats := w.acton.TokenStats(); stats.Issued["refresh_token"] != 1 || len(stats.Refused) != 0 {
				t.Errorf("%+v, want one refresh and nothing refused", stats)
			}
		})
	}
}

// polledSince waits until n resources of some instances were polled after a time, none with a fault of its credentials.
func (w *world) polledSince(since time.Time, n int, instances []*engine.Instance) {
	w.t.Helper()
	await(w.t, "all polls", func() bool {
		done := map[string]bool{}
		for _, in := range instances {
			outcomes, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 200)
			if err != nil {
				w.t.Fatal(err)
			}
			for _, o := range outcomes {
				if o.Failed() && o.Error.Kind == sdk.FaultAuth {
					w.t.Fatalf("a poll was refused: %s", show(o))
				}
				if o.Failed() { // on a busy machine a call of the adapter can take too long: it is polled again
					continue
				}
				if !o.Time.Before(since.Add(-time.Second)) { // outcomes have coarser times; the polls before began long ago
					done[fmt.Sprint(in.ID, o.Resource)] = true
				}
			}
		}
		return len(done) == n
	})
}

func TestSharedCredentialLivesAsLongAsItsUsers(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	problem(t, w.failed(w.shared("main", false, nil)), "providerData.code", "no credential named")
	problem(t, w.failed(w.shared("a b", true, nil)), "configuration['oauth.credential']", "1 to 64")
	one := w.create(w.shared("main", true, nil))
	problem(t, w.failed(w.shared("main", false, map[string]any{"oauth.api.key": "another"})), "configuration['oauth.credential']", "oauth.api.key")
	problem(t, w.failed(w.shared("main", false, map[string]any{"base.url": "https://other.example.com"})), "configuration['oauth.credential']", "base.url")
	two := w.create(w.shared("main", false, nil))
	if got := two.View()["oauth.credential"]; got != "main" {
		t.Errorf("the instance shows the credential %q", got)
	}
	if err := w.engine.DeleteInstance(context.Background(), w.caller, one.ID); err != nil {
		t.Fatal(err)
	}
	w.acton.ExpireTokens() // the other's polls go on, and so does what signs its callback
	c, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	if events := w.receiver.wait(t, 1); events[0].ID != c.ID {
		t.Errorf("events %s", kinds(events))
	}
	if err := w.engine.KeepCredentials(context.Background()); err != nil { // it destroys none that is used
		t.Fatal(err)
	}
	three := w.create(w.shared("main", false, nil))
	for _, id := range []int64{two.ID, three.ID} {
		if err := w.engine.DeleteInstance(context.Background(), w.caller, id); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := w.engine.SharedCredentials(context.Background()); err != nil || left != 0 {
		t.Errorf("%d shared credentials are left, %v", left, err)
	}
	problem(t, w.failed(w.shared("main", false, nil)), "providerData.code", "no credential named")
}

// A crash between a shared credential and its first instance leaves one without users.
func TestSharedCredentialWithoutUsersIsDestroyed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if err := w.engine.MakeSharedCredential(context.Background(), "1/acton", "left"); err != nil {
		t.Fatal(err)
	}
	if err := w.engine.KeepCredentials(context.Background()); err != nil {
		t.Fatal(err)
	}
	if n, err := w.engine.SharedCredentials(context.Background()); err != nil || n != 0 {
		t.Errorf("%d shared credentials are left, %v", n, err)
	}
}

func TestRevokedTokensAreAuthorizedAgainForAllWhoShareThem(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	one, two := w.create(w.shared("main", true, nil)), w.create(w.shared("main", false, nil))
	w.acton.RevokeTokens()
	await(t, "both instances stopped", func() bool {
		list, err := w.engine.PollingDisabled(context.Background(), w.caller)
		return err == nil && len(list) == 2
	})
	seen, err := w.engine.Instance(context.Background(), w.caller, one.ID)
	if err != nil || seen.Stopped == nil || seen.Stopped.Kind != "auth" || !strings.Contains(seen.Stopped.Message, fmt.Sprintf(`"instanceId": %d`, one.ID)) || !strings.Contains(seen.Stopped.Message, "oauth/url") {
		t.Errorf("stopped %+v, %v; want the way back", seen.Stopped, err)
	}
	c, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ada"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.Reauthorize(context.Background(), w.caller, two.ID, "wrong", ""); err == nil {
		t.Error("a wrong code is accepted")
	}
	stranger := engine.Caller{Organization: w.caller.Organization + 1, User: 1}
	if err := w.engine.Reauthorize(context.Background(), stranger, two.ID, "x", ""); !errors.Is(err, engine.ErrNotFound) {
		t.Errorf("another organization: %v", err)
	}
	code, err := w.acton.IssueCode("", "https://mycoolapp.com")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.engine.Reauthorize(context.Background(), w.caller, two.ID, code, ""); err != nil {
		t.Fatal(err)
	}
	events := w.receiver.wait(t, 2) // one for each instance: the marks have not moved
	if events[0].ID != c.ID || events[1].ID != c.ID {
		t.Errorf("events %s", kinds(events))
	}
	if list, err := w.engine.PollingDisabled(context.Background(), w.caller); err != nil || len(list) != 0 {
		t.Errorf("still stopped: %+v, %v", list, err)
	}
}

func TestRefusedRefreshNamesWhoUsesTheSameClient(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.unlimited()
	first := w.create(w.body("acton", nil))
	w.create(w.shared("main", true, nil)) // the same user: Act-On ends the first one's tokens
	o := w.outcome(first, "a refused token", func(o engine.Outcome) bool { return o.Failed() && o.Error.Kind == "auth" })
	for _, want := range []string{`the credential "main"`, "oauth.api.key", "oauth.credential"} {
		if !strings.Contains(o.Error.Message, want) {
			t.Errorf("message %q lacks %s", o.Error.Message, want)
		}
	}
	if strings.Contains(o.Error.Message, "sim-client") {
		t.Errorf("message %q shows the key", o.Error.Message)
	}
}

func TestInstanceFromAnExistingRefreshToken(t *testing.T) {
	t.Parallel()
	w := setup(t)
	_, refresh, err := w.acton.IssueToken("")
	if err != nil {
		t.Fatal(err)
	}
	with := func(token any) []byte {
		var fields map[string]any
		if err := json.Unmarshal(without(t, w.body("acton", map[string]any{"oauth.user.refresh_token": token}), "providerData"), &fields); err != nil {
			t.Fatal(err)
		}
		fields["externalAuthentication"] = "initial"
		text, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	problem(t, w.failed(with(nil)), "configuration['oauth.user.refresh_token']", "is required")
	var refused *engine.ProviderError
	if err := w.failed(with("unknown-refresh-token")); !errors.As(err, &refused) {
		t.Errorf("an unknown token: %v", err)
	}
	in := w.create(with(refresh))
	if shown := in.View()["oauth.user.refresh_token"]; shown != "********" {
		t.Errorf("the token is shown as %q", shown)
	}
	w.outcome(in, "success", func(o engine.Outcome) bool { return !o.Failed() })
	if text := w.logs.text(); strings.Contains(text, refresh) {
		t.Error("the token is in the log")
	}
}

// An instance whose polls are rarer than the life of its refresh token: what looks after it refreshes it in time, whatever was restarted.
func TestRefreshTokensAreKeptAliveWithoutPolls(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	ahead := time.Duration(0)
	w := setup(t, func(c *engine.Config) {
		c.Now = func() time.Time { mu.Lock(); defer mu.Unlock(); return time.Now().Add(ahead) }
	})
	w.unlimited()
	w.create(w.body("acton", map[string]any{"event.notification.enabled": false}))
	for day, want := range []int{0, 10, 21, 30, 42, 63} {
		mu.Lock()
		ahead = time.Duration(want) * 24 * time.Hour
		mu.Unlock()
		if err := w.engine.KeepCredentials(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := w.refreshes(); got != want/21 {
			t.Errorf("step %d, day %d: %d refreshes, want %d", day, want, got, want/21)
		}
	}
	w.acton.RevokeTokens()
	mu.Lock()
	ahead = 90 * 24 * time.Hour
	mu.Unlock()
	if err := w.engine.KeepCredentials(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s := w.disabled(); s.Kind != "auth" || !strings.Contains(s.Message, "oauth/url") {
		t.Errorf("stopped %+v", s)
	}
}

// The secrets of an instance that is deleted, and those it shared when nobody else does, leave memory with it.
func TestSecretsOfADeletedInstanceAreNotInMemory(t *testing.T) {
	t.Parallel()
	w := setup(t)
	one := w.create(w.shared("main", true, nil))
	two := w.create(w.shared("main", false, nil))
	opened := func(what string, n int) {
		t.Helper()
		await(t, fmt.Sprintf("%d opened credentials, %s", n, what), func() bool { return w.engine.Opened() == n })
	}
	for _, in := range []*engine.Instance{one, two} {
		w.emit(in, change.Created, "a") // where it goes lies among the secrets
	}
	opened("of both and what they share", 3)
	for i, in := range []*engine.Instance{one, two} {
		if err := w.engine.DeleteInstance(context.Background(), w.caller, in.ID); err != nil {
			t.Fatal(err)
		}
		opened("once they are deleted", []int{2, 0}[i])
	}
}
