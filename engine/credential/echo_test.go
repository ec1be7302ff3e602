package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

func TestEraser(t *testing.T) {
	t.Parallel()
	const secret = `p+ss/w"rd <&>=7f3a-ünï`
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	e := NewEraser([]Secret{secret, "0123456789abcdef", "short", ""})
	texts := []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), strings.ToLower(url.QueryEscape(secret)), string(quoted),
		strings.ReplaceAll(secret, `"`, `\"`), html.EscapeString(secret), "0123456789abcdef",
	}
	for _, text := range texts {
		for _, around := range []string{"%s", `{"message":"no such token: %s, sorry"}`, strings.Repeat("ab%%2f", 3000) + "%s" + strings.Repeat("cd", 5000)} {
			all := fmt.Sprintf(around, text)
			got := []byte(all)
			if e.Erase(got) == 0 {
				t.Errorf("%q was not found in a text of %d bytes", text, len(all))
			}
			if len(got) != len(all) || around == "%s" && len(bytes.Trim(got, "*\"")) > 0 {
				t.Errorf("%q became %q", all, got)
			}
		}
	}
	// In base64 it is found behind and before whatever else, and nothing of it can be read.
	for before := range 6 {
		for after := range 4 {
			for _, alphabet := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
				text := []byte("x " + alphabet.EncodeToString([]byte(strings.Repeat("u", before)+secret+strings.Repeat("~", after))) + " y")
				if e.Erase(text) == 0 {
					t.Errorf("not found behind %d bytes", before)
				}
				if left := bytes.Count(text, []byte("*")); left < len(secret)*8/6 {
					t.Errorf("behind %d, before %d: %s shows some of it", before, after, text)
				}
				if text[0] != 'x' || text[len(text)-1] != 'y' {
					t.Errorf("%s", text)
				}
			}
		}
	}
	for _, text := range []string{"short", strings.Repeat("short and ordinary 01234567 ", 1000), ""} {
		if got := e.EraseText(text); got != text {
			t.Errorf("%.40q became %.40q", text, got)
		}
	}
	var none *Eraser
	if none.Erase([]byte("0123456789abcdef")) != 0 || NewEraser(nil).Erase([]byte("0123456789abcdef")) != 0 {
		t.Error("without secrets there is nothing to find")
	}
}

// Both ways to search find the same, whatever the secrets and wherever they are.
func TestEraserSearchesAlike(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = "ab+/"[rng.IntN(4)] // few letters: they overlap
		}
		return string(b)
	}
	for range 300 {
		var secrets []Secret
		for range 1 + rng.IntN(3) {
			secrets = append(secrets, Secret(letters(8+rng.IntN(70))))
		}
		e := NewEraser(secrets)
		text := letters(rng.IntN(400))
		for _, s := range secrets {
			text += s.Reveal() + letters(rng.IntN(20)) + base64.StdEncoding.EncodeToString([]byte(letters(rng.IntN(4))+s.Reveal()))
		}
		one, other := map[string]bool{}, map[string]bool{}
		noteIn := func(m map[string]bool) func(int, needle) {
			return func(at int, n needle) { m[fmt.Sprint(at, string(n.text))] = true }
		}
		e.each([]byte(text), noteIn(one))
		e.scan([]byte(text), noteIn(other))
		if len(one) == 0 || fmt.Sprint(one) != fmt.Sprint(other) {
			t.Fatalf("%d found one after the other, %d at once", len(one), len(other))
		}
	}
}

// FuzzEraser: no text of whatever bytes makes it panic or change its length, and nothing that was found stays.
func FuzzEraser(f *testing.F) {
	f.Add("canary-Password+/=7f3a", "x", []byte(`{"debug":"canary-Password+/=7f3a"}`))
	f.Add("abababab", "bababa+/ba", bytes.Repeat([]byte("ab+/"), 4000))
	f.Fuzz(func(t *testing.T, one, other string, text []byte) {
		e := NewEraser([]Secret{Secret(one), Secret(other)})
		got := bytes.Clone(text)
		e.Erase(got)
		if len(got) != len(text) {
			t.Fatalf("%d bytes became %d", len(text), len(got))
		}
		for _, s := range []string{one, other} {
			if len(s) >= ShortestEcho && !strings.Contains(s, "*") && bytes.Contains(got, []byte(s)) {
				t.Fatalf("%q is still in %q", s, got)
			}
		}
	})
}

// BenchmarkEraser: what an answer without any secret costs.
func BenchmarkEraser(b *testing.B) {
	secrets := []Secret{"canary-Password+/=7f3a", "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "abcd1234efgh5678"}
	for _, size := range []int{1_000, 100_000} {
		record := `{"contactId":"12345","email":"ada@example.com","firstName":"Ada","createDate":"2026-01-02T03:04:05-05:00","city":"London"},`
		body := []byte(strings.Repeat(record, size/len(record)+1)[:size])
		b.Run(fmt.Sprintf("%d bytes", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				if NewEraser(secrets).Erase(body) != 0 {
					b.Fatal("found")
				}
			}
		})
		b.Run(fmt.Sprintf("%d bytes one after the other", size), func(b *testing.B) {
			b.SetBytes(int64(size))
			for b.Loop() {
				NewEraser(secrets).each(body, func(int, needle) { b.Fatal("found") })
			}
		})
	}
}
