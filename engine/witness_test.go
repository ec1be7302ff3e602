package engine_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
	"github.com/pollwright/pollwright/plugins/simkit"
)

// witness looks for secrets in the input and the memory of every call of an adapter, and in what became of it.
type witness struct {
	mu      sync.Mutex
	secrets map[string]string // whose: an element's; "" = no provider knows it
	needles [1 << 16][]string // by their first two bytes
	calls   map[string]int
	found   map[string]bool
	known   int // how often what is no secret was seen: the search works
}

func newWitness() *witness {
	w := &witness{secrets: map[string]string{}, calls: map[string]int{}, found: map[string]bool{}}
	w.add("", "witness-of-the-search")
	return w
}

// add gives it a secret: plain, in URLs, and what base64 makes of it at each of the three offsets, in both alphabets.
func (w *witness) add(whose, secret string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.secrets[secret]; known || secret == "" {
		return
	}
	w.secrets[secret] = whose
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret)}
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for offset := range 3 {
			text := alphabet.EncodeToString([]byte("~~"[:offset] + secret))
			forms = append(forms, text[2*offset:len(text)-1]) // without what the neighbours decide
		}
	}
	for _, form := range forms {
		first := int(form[0])<<8 | int(form[1])
		w.needles[first] = append(w.needles[first], form)
	}
}

// look notes the secrets in a text. It does not use what it tests.
func (w *witness) look(place string, text []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := 0; i+1 < len(text); i++ {
		for _, needle := range w.needles[int(text[i])<<8|int(text[i+1])] {
			if !bytes.HasPrefix(text[i:], []byte(needle)) {
				continue
			}
			if strings.HasPrefix(needle, "witness-of") {
				w.known++
			} else {
				w.found[place+" holds "+needle] = true
			}
		}
	}
}

func (w *witness) call(element string, input, memory []byte) {
	w.mu.Lock()
	w.calls[element]++
	w.mu.Unlock()
	w.look("the input of "+element, input)
	w.look("the memory of "+element, memory)
}

// list is what the provider of an element may repeat.
func (w *witness) list(element string) (all []string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for secret, whose := range w.secrets {
		if whose == element {
			all = append(all, secret)
		}
	}
	return all
}

// marker is what an echo writes the secrets in place of.
const marker = "ECHO-HERE"

// echo is a provider that repeats all secrets: in records, beside them, in headers and in the messages of its errors. Every other answer is compressed, and all come in pieces.
type echo struct {
	element string
	next    http.Handler
	witness *witness
	mu      sync.Mutex
	on      bool
	answers int
	refresh map[string]string // by the access token it was given with
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	e.answers++
	on, zip := e.on, e.answers%2 == 0
	e.mu.Unlock()
	res := httptest.NewRecorder()
	e.next.ServeHTTP(res, r)
	body := res.Body.Bytes()
	if bytes.Contains(body, []byte("refresh_token")) { // tokens are what this is for
		var tokens struct {
			Access  string `json:"access_token"`
			Refresh string `json:"refresh_token"`
		}
		if json.Unmarshal(body, &tokens) == nil {
			e.witness.add("", tokens.Access)
			e.witness.add("", tokens.Refresh)
			e.mu.Lock()
			e.refresh[tokens.Access] = tokens.Refresh
			e.mu.Unlock()
		}
		on = false
	}
	for name, values := range res.Header() {
		w.Header()[name] = values
	}
	if on {
		said := e.said(r)
		w.Header().Set("X-Debug", said)
		w.Header().Add("X-Debug", r.Header.Get("Authorization"))
		w.Header().Set("WWW-Authenticate", "Bearer "+said)
		if res.Code/100 == 3 {
			w.Header().Set("Location", "https://elsewhere.example/?token="+url.QueryEscape(said))
		}
		body = bytes.ReplaceAll(body, []byte(marker), []byte(said))
		if bytes.HasPrefix(body, []byte("{")) {
			body = append([]byte(`{"debug":"`+said+`",`), body[1:]...)
		}
	}
	w.Header().Del("Content-Length")
	if zip && len(body) > 0 && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(body)
		_ = z.Close()
		body = b.Bytes()
	}
	w.WriteHeader(res.Code)
	for len(body) > 0 { // in pieces that cut through the secrets
		n := min(len(body), 7+len(body)/50)
		_, _ = w.Write(body[:n])
		w.(http.Flusher).Flush()
		body = body[n:]
	}
}

// said is all secrets in all forms, as the inside of a JSON string: those of the instance, and the tokens that the request came with.
func (e *echo) said(r *http.Request) string {
	secrets := e.witness.list(e.element)
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		e.mu.Lock()
		secrets = append(secrets, token, e.refresh[token])
		e.mu.Unlock()
	}
	var b strings.Builder
	b.WriteString("witness-of-the-search ")
	for _, s := range secrets {
		b.WriteString(s + " " + url.QueryEscape(s) + " " + url.PathEscape(s))
		for offset := range 3 {
			b.WriteString(" " + base64.StdEncoding.EncodeToString([]byte("~~"[:offset]+s+"~")) + " " + base64.RawURLEncoding.EncodeToString([]byte("~~"[:offset]+s)))
		}
		b.WriteByte(' ')
	}
	return b.String()
}

func (e *echo) begin() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.on = true
}

// TestNoSecretReachesAnAdapter: whatever providers repeat, no secret is in what an adapter is given or in its memory, and so in nothing that it
// could tell.
func TestNoSecretReachesAnAdapter(t *testing.T) {
	t.Parallel()
	seen := newWitness()
	w := setup(t, func(c *engine.Config) { engine.WithWitness(c, seen.call) })
	for secret, whose := range map[string]string{
		passwordCanary: "icontact", clientCanary: "acton", signatureCanary: "", headerCanary: "", basicCanary: "", // no provider is sent those of the callback
		w.config.OrganizationSecret: "", w.config.UserSecret: "",
	} {
		seen.add(whose, secret)
	}
	w.icontact = icontact.New(icontact.Config{Password: passwordCanary})
	w.acton = acton.New(acton.Config{ClientSecret: clientCanary})
	echoes := map[string]*echo{"icontact": {element: "icontact", next: w.icontact, witness: seen}, "acton": {element: "acton", next: w.acton, witness: seen}}
	for _, e := range echoes {
		e.refresh = map[string]string{}
	}
	w.urls["icontact"], w.urls["acton"] = w.serve(echoes["icontact"])+"/icp", w.serve(echoes["acton"])
	callback := map[string]any{
		"event.notification.signature.key": signatureCanary, "event.notification.callback.headers": "X-Key: " + headerCanary,
		"event.notification.basic.username": "ann", "event.notification.basic.password": basicCanary,
	}
	change := func(own map[string]any) map[string]any { add(own, callback); return own }
	instances := map[string]*engine.Instance{
		"icontact": w.create(w.body("icontact", change(map[string]any{"api.password": passwordCanary}))),
		"acton":    w.create(w.body("acton", change(map[string]any{"oauth.api.secret": clientCanary}))),
	}
	for _, in := range instances {
		made, err := w.engine.RotateWebhookSecret(t.Context(), w.caller, in.ID, "")
		if err != nil {
			t.Fatal(err)
		}
		seen.add("", made.WebhookSecret)
	}
	for _, e := range echoes {
		e.begin()
	}
	w.icontact.CreateContact(icontact.Contact{Email: "ada@example.com", FirstName: marker})
	if _, err := w.acton.CreateContact(acton.Contact{Fields: map[string]string{"First Name": marker}}); err != nil {
		t.Fatal(err)
	}
	events := w.receiver.wait(t, 2)
	w.acton.ExpireTokens()
	var said []any
	for element, in := range instances {
		sim := map[string]interface{ Add(...simkit.Fault) error }{"icontact": w.icontact.Faults, "acton": w.acton.Faults}[element]
		resource := in.Resources[0]
		faults := []simkit.Fault{
			{}, // none
			{Status: 401, Body: `{"errors":["` + marker + `"],"message":"` + marker + `"}`},
			{Status: 403, Body: `{"errors":["` + marker + `"],"error":{"message":"` + marker + `"}}`},
			{Status: 500, Body: marker},
			{Status: 302, Body: `{"message":"` + marker + `"}`, Header: map[string]string{"Location": "/"}},
		}
		for _, fault := range faults {
			if fault.Status != 0 {
				if err := sim.Add(fault); err != nil {
					t.Fatal(err)
				}
			}
			p, err := w.engine.PollByHand(t.Context(), w.caller, in.ID, resource.Name)
			said = append(said, p, fmt.Sprint(err))
		}
		dry, err := w.engine.DryRun(t.Context(), w.caller, in.ID, resource.Name)
		said = append(said, dry, fmt.Sprint(err))
		answer, err := w.engine.ReadHub(t.Context(), w.caller, in.ID, resource.Reads, "")
		if err != nil && element == "icontact" {
			t.Errorf("read of %s: %v", resource.Reads, err)
		}
		said = append(said, answer, fmt.Sprint(err))
		w.testCallback(in)
	}
	said = append(said, w.everyAnswer()...)
	for _, e := range events {
		said = append(said, string(e.Body))
	}
	w.stop()
	for i, answer := range said {
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatal(err)
		}
		seen.look(fmt.Sprint("answer ", i), text)
	}
	seen.look("log", []byte(w.logs.text()))
	for found := range seen.found {
		t.Error(found)
	}
	for _, element := range []string{"icontact", "acton"} {
		if seen.calls[element] < 15 {
			t.Errorf("only %d calls of %s were seen", seen.calls[element], element)
		}
	}
	if seen.known == 0 {
		t.Error("what is no secret was not found: is anything searched?")
	}
	if n := len(echoes["acton"].refresh); n < 2 {
		t.Errorf("%d pairs of tokens, want two generations", n)
	}
	if !bytes.Contains(events[0].Body, []byte("********")) || strings.Contains(string(events[0].Body), instance.Mask+"canary") {
		t.Errorf("the event shows %.300s", events[0].Body)
	}
}
