package credential

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "c4n4ry-S3cret"

// shown is everything that fmt, JSON and slog make of a value.
func shown(t *testing.T, v any) string {
	t.Helper()
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%08v", "%t"} {
		fmt.Fprintf(&out, verb+"\n", v)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("m", "v", v, slog.Group("g", "v", v))
	slog.New(slog.NewJSONHandler(&out, nil)).Info("m", "v", v)
	if text, err := json.Marshal(v); err == nil {
		out.Write(text)
	}
	return out.String()
}

func leaks(text string) bool {
	return strings.Contains(text, canary) || strings.Contains(strings.ToLower(text), fmt.Sprintf("%x", canary))
}

func TestSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	s := Secret(canary)
	vault := open(t, VaultConfig{Dir: t.TempDir() + "/data"})
	stored := Stored{Credential: Credential{Values: map[string]Secret{"k": s}, Tokens: &Tokens{Access: s, Refresh: s}}}
	w := setup(t)
	w.create(t, stored.Credential)
	if _, err := w.creds.Load(t.Context(), w.ref); err != nil { // now it is in the cache
		t.Fatal(err)
	}
	for name, v := range map[string]any{
		"secret": s, "pointer": &s, "slice": []Secret{s}, "map": map[string]Secret{"a": s}, "field": struct{ A Secret }{s},
		"stored": stored, "*stored": &stored, "credential": stored.Credential, "*credential": &stored.Credential, "tokens": *stored.Tokens,
		"*tokens": stored.Tokens, "authorized": &Authorized{header: map[string]Secret{"a": s}}, "vault config": VaultConfig{Master: []byte(canary)},
		"vault": vault, "credentials": w.creds,
	} {
		if text := shown(t, v); leaks(text) {
			t.Errorf("%s shows itself: %s", name, text)
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s); got != strings.TrimSpace(strings.Repeat("******** ", 5)) {
		t.Errorf("shown as %s", got)
	}
	if text, _ := json.Marshal(map[string]Secret{"a": s}); string(text) != `{"a":"********"}` {
		t.Errorf("JSON %s", text)
	}
	if s.Reveal() != canary {
		t.Error("Reveal must give the text")
	}
}
