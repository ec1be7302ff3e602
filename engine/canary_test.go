package engine_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// Canaries are secrets that must be found nowhere.
const (
	passwordCanary  = "canary-Password+/=7f3a"
	signatureCanary = "canary-Signature-91bc"
	clientCanary    = "canary-Client-Secret-5d02"
	strayCanary     = "canary-Stray-e6a1" // given where it does not belong
	headerCanary    = "canary-Header-44c0"
	basicCanary     = "canary-Basic-0b7e"
)

func TestSecretsAreFoundNowhere(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.icontact = icontact.New(icontact.Config{Password: passwordCanary})
	w.acton = acton.New(acton.Config{ClientSecret: clientCanary})
	tokens := &bearers{next: w.acton, seen: map[string]bool{}}
	w.urls["icontact"], w.urls["acton"] = w.serve(w.icontact)+"/icp", w.serve(tokens)

	good := map[string]any{"api.password": passwordCanary, "event.notification.signature.key": signatureCanary, "oauth.api.secret": strayCanary, "my.own.secret": strayCanary,
		"event.notification.callback.headers": "X-Key: " + headerCanary, "event.notification.basic.username": "ann", "event.notification.basic.password": basicCanary}
	answers := []any{
		w.create(w.body("icontact", good)),
		w.create(w.body("acton", map[string]any{"oauth.api.secret": clientCanary, "event.notification.signature.key": signatureCanary})),
		w.refused("icontact", map[string]any{"api.password": passwordCanary, "event.notification.signature.key": signatureCanary, "AppID": nil, "base.url": "http://u:" + strayCanary + "@h/"}),
		w.refused("icontact", map[string]any{"api.password": map[string]any{"a": passwordCanary}}),
		w.refused("acton", map[string]any{"oauth.api.secret": clientCanary + "wrong"}),
		w.refused("icontact", map[string]any{"event.notification.callback.headers": []string{headerCanary}, "event.notification.basic.password": basicCanary}),
		w.refused("icontact", map[string]any{"event.notification.callback.headers": map[string]any{"Host": headerCanary}}),
	}
	canaries := []string{passwordCanary, signatureCanary, clientCanary, strayCanary, headerCanary, basicCanary}
	for _, answer := range slices.Clone(answers) {
		if in, ok := answer.(*engine.Instance); ok {
			made, err := w.engine.RotateWebhookSecret(context.Background(), w.caller, in.ID, "")
			if err != nil {
				t.Fatal(err)
			}
			canaries = append(canaries, made.WebhookSecret)
			answers = append(answers, w.testCallback(in))
		}
	}
	// Everything that could write them down: deliveries, provider faults, a refresh, a refusal.
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com"})
	if _, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": "Ben"}}); err != nil {
		t.Fatal(err)
	}
	events := w.receiver.wait(t, 4) // the two tests among them
	if err := w.icontact.Faults.Add(simkit.Fault{Prefix: "/icp", Status: 401}, simkit.Fault{Prefix: "/icp", Cut: "middle"}); err != nil {
		t.Fatal(err)
	}
	w.acton.ExpireTokens()
	for _, answer := range answers {
		if in, ok := answer.(*engine.Instance); ok {
			w.outcome(in, "an idle poll", func(o engine.Outcome) bool { return o.Idle() })
		}
	}
	await(t, "access tokens of two generations at the provider", func() bool { return len(tokens.list()) >= 2 })
	canaries = append(canaries, tokens.list()...)
	for _, e := range events {
		answers = append(answers, string(e.Body))
	}
	answers = append(answers, w.everyAnswer()...)
	w.stop()

	places := map[string][]byte{"log": []byte(w.logs.text())}
	for i, answer := range answers {
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		places[fmt.Sprintf("answer %d", i)] = append(text, fmt.Sprintf("%v %+v", answer, answer)...)
	}
	w.readFolder(places)
	for place, content := range places {
		for _, canary := range canaries {
			for form, text := range forms(canary) {
				if bytes.Contains(content, []byte(text)) {
					t.Errorf("%s holds %s (%s)", place, canary, form)
				}
			}
		}
	}
	// The search itself works: what is no secret is found.
	if !bytes.Contains(places["answer 0"], []byte("sim-user")) {
		t.Error("the user name, which is shown in clear, was not found in the answer")
	}
}

// refused is the error of a body that is not accepted.
func (w *world) refused(element string, change map[string]any) string {
	w.t.Helper()
	_, err := w.engine.CreateInstance(context.Background(), w.caller, w.body(element, change))
	if err == nil {
		w.t.Fatalf("%v was accepted", change)
	}
	var invalid *instance.InvalidError
	if errors.As(err, &invalid) {
		return err.Error() + show(invalid)
	}
	return err.Error()
}

// everyAnswer is what the use cases tell of the instances.
func (w *world) everyAnswer() (all []any) {
	w.t.Helper()
	list, _, err := w.engine.Instances(context.Background(), w.caller, engine.InstancesQuery{Size: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, in := range list {
		polls, err := w.engine.Polls(context.Background(), w.caller, in.ID, "", 100)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, in, in.View(), polls)
	}
	return all
}

func (w *world) readFolder(places map[string][]byte) {
	w.t.Helper()
	files := 0
	err := filepath.WalkDir(filepath.Dir(w.dir), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		places[path], err = os.ReadFile(path)
		return err
	})
	if err != nil || files < 5 {
		w.t.Fatalf("read %d files of the data folder: %v", files, err)
	}
}

// bearers notes the access tokens that reach the provider.
type bearers struct {
	next http.Handler
	mu   sync.Mutex
	seen map[string]bool
}

func (b *bearers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		b.mu.Lock()
		b.seen[token] = true
		b.mu.Unlock()
	}
	b.next.ServeHTTP(w, r)
}

func (b *bearers) list() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Collect(maps.Keys(b.seen))
}

func forms(secret string) map[string]string {
	return map[string]string{
		"plain": secret, "base64": base64.StdEncoding.EncodeToString([]byte(secret)), "base64url": base64.RawURLEncoding.EncodeToString([]byte(secret)),
		"query": url.QueryEscape(secret), "path": url.PathEscape(secret), "json": string(mustJSON(secret)),
	}
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return bytes.Trim(text, `"`)
}
