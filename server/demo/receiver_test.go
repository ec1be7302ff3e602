package demo

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// The platform's documented form, with a vector computed outside this project.
func TestVerifyVector(t *testing.T) {
	t.Parallel()
	const key, header = "abcd1234efgh5678", "sha256=LNWsomfuwn8E3vWBL9bcj0QZER7i5h2yFQM4aSaCdas="
	if err := verify(key, header, []byte("{}")); err != nil {
		t.Errorf("the documented signature is refused: %v", err)
	}
	for name, c := range map[string]struct{ key, header, body string }{
		"another key":  {"abcd1234efgh5679", header, "{}"},
		"another body": {key, header, "{} "},
		"none":         {key, "", "{}"},
		"old digest":   {key, "sha1=LNWsomfuwn8E3vWBL9bcj0QZER7i5h2yFQM4aSaCdas=", "{}"},
		"not base64":   {key, "sha256=***", "{}"},
		"empty digest": {key, "sha256=", "{}"},
		"cut digest":   {key, "sha256=LNWsomfuwn8E3vWBL9bcjw==", "{}"},
	} {
		if err := verify(c.key, c.header, []byte(c.body)); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func signed(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return "sha256=" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// contact is a notification of one contact as the platform's recorded ones are shaped.
const contact = `{"severity":"medium","action":"create","id":"1","message":{"elementKey":"icontact","eventId":"N1","instanceId":1,` +
	`"raw":{"contacts":[{"contactId":"60000101","createDate":"2026-01-05 10:00:00"}],"pollDate":1534778974827,"objectType":"contacts"},` +
	`"events":[{"date":"2026-01-05T15:00:00Z","elementKey":"icontact","eventType":"CREATED","objectId":"60000101","objectType":"contacts","eventId":"E1"}]}}`

func TestReceiver(t *testing.T) {
	t.Parallel()
	few := strings.Replace(contact, `[{"contactId":"60000101","createDate":"2026-01-05 10:00:00"}]`, `[]`, 1)
	many := strings.Replace(contact, `"contacts":[{`, `"contacts":[{},{`, 1)
	for _, c := range []struct {
		name, element, key, id, body string
		status, events, refused      int
	}{
		{"good", "icontact", "right", "N1", contact, 200, 1, 0},
		{"wrong key", "icontact", "wrong", "N1", contact, 401, 0, 1},
		{"another provider's key", "acton", "right", "N1", contact, 401, 0, 1},
		{"unknown provider", "other", "right", "N1", contact, 404, 0, 0},
		{"no webhook-id", "icontact", "right", "", contact, 400, 0, 1},
		{"another webhook-id", "icontact", "right", "N2", contact, 400, 0, 1},
		{"not JSON", "icontact", "right", "N1", "{", 400, 0, 1},
		{"no events", "icontact", "right", "N1", `{"message":{"eventId":"N1"}}`, 400, 0, 1},
		{"fewer records than events", "icontact", "right", "N1", few, 400, 0, 1},
		{"more records than events", "icontact", "right", "N1", many, 400, 0, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			providers := simulated(t)
			r := &receiver{map[string]string{"icontact": "right", "acton": "its own"}, newBook(&screen{out: io.Discard}, providers)}
			q := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/events/"+c.element, strings.NewReader(c.body))
			q.Header.Set("Elements-Webhook-Signature", signed(c.key, c.body))
			if c.id != "" {
				q.Header.Set("webhook-id", c.id)
			}
			answer := httptest.NewRecorder()
			r.handler().ServeHTTP(answer, q)
			if answer.Code != c.status {
				t.Errorf("status %d, want %d: %s", answer.Code, c.status, answer.Body)
			}
			events, refused := 0, 0
			for _, p := range providers {
				f := r.into.compare(p)
				events, refused = events+len(f.arrival), refused+f.Refused
				if f.Refused > 0 && !f.bad() {
					t.Error("a refused notification does not fail the run")
				}
			}
			if events != c.events || refused != c.refused {
				t.Errorf("%d events and %d refused, want %d and %d", events, refused, c.events, c.refused)
			}
		})
	}
}

func simulated(t *testing.T) []*provider {
	t.Helper()
	a, err := newIContact(1)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newActOn(1)
	if err != nil {
		t.Fatal(err)
	}
	return []*provider{a, b}
}
