package jsoncut_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// FuzzValue holds what is cut against gjson.
func FuzzValue(f *testing.F) {
	for _, seed := range []string{
		`{"b":"x","a":1}`, `{}`, `[]`, `""`, `-1.5e3`, `null`, ` { "a" : [ 1 , {"c":"]","b":"}"} , "\"" ] , "z" : { } } `, `{"a":"\\","b":"\\\"","c":"\u00e9\ud83d\ude00\n"}`,
		`{"\u0061":1,"a":2,"a":3}`, `{"a":{"b":{"c":[[],[[]]]}},"a.b":true,"":""}`, `{"a":"x:y,z","b":[",",":"],"c":false}`, `["\\\\\"]","]",[{"a":"}"}],0]`,
		`{"a`, `[[[`, `{"a":"\`, `"\"`, `{:,`, `}]`, "\ufeff{}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v := jsoncut.View([]byte(text))
		members := v.Members(nil) // ends, whatever the text is
		for _, than := range []int{0, 1, 2, 3} {
			if got, want := v.Deeper(than), deeper(text, than); got != want {
				t.Errorf("%q is nested deeper than %d: %t, want %t", text, than, got, want)
			}
		}
		if !gjson.Valid(text) {
			return
		}
		var got, want []string
		v.Each(func(name, item jsoncut.Value) bool {
			got = append(got, string(name), string(item), item.Text(), string(item.Bytes()))
			return true
		})
		if parsed := gjson.Parse(text); parsed.IsObject() || parsed.IsArray() {
			parsed.ForEach(func(key, item gjson.Result) bool {
				raw := strings.TrimSpace(item.Raw)
				text := ""
				switch item.Type {
				case gjson.String:
					text = item.Str
				case gjson.Number:
					text = raw
				}
				want = append(want, key.Raw, raw, text, raw)
				return true
			})
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q:\n got %q\nwant %q", text, got, want)
		}
		if v.IsObject() {
			for i, m := range members {
				if name := gjson.Parse(got[4*i]).Str; m.Name != name || string(m.Value) != got[4*i+1] {
					t.Errorf("%q: field %d is %q: %q", text, i, m.Name, m.Value)
				}
			}
		} else if len(members) > 0 {
			t.Errorf("%q has fields: %q", text, members)
		}
	})
}

// deeper goes through the text byte by byte.
func deeper(text string, than int) bool {
	depth, quoted := 0, false
	text = strings.TrimSpace(text)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > than {
				return true
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return false
}

func TestEachStops(t *testing.T) {
	t.Parallel()
	n := 0
	jsoncut.Value(`[1,2,3]`).Each(func(_, _ jsoncut.Value) bool {
		n++
		return n < 2
	})
	if n != 2 {
		t.Errorf("told %d values, want 2", n)
	}
}

func TestNothingIsAppendedInPlace(t *testing.T) {
	t.Parallel()
	document := []byte(`[1,2]`)
	jsoncut.View(document).Each(func(_, item jsoncut.Value) bool {
		_ = append(item.Bytes(), 'x')
		return true
	})
	if string(document) != `[1,2]` {
		t.Errorf("the document became %s", document)
	}
}

// BenchmarkEach cuts a contact of 1 KB into its fields, beside gjson.
func BenchmarkEach(b *testing.B) {
	contact := `{"contactId":"60000001","createDate":"2026-06-09 15:46:52",` + strings.Repeat(`"field":"some words of it",`, 38) + `"status":"normal"}`
	b.Run("jsoncut", func(b *testing.B) {
		b.SetBytes(int64(len(contact)))
		for b.Loop() {
			jsoncut.Value(contact).Each(func(_, _ jsoncut.Value) bool { return true })
		}
	})
	b.Run("gjson", func(b *testing.B) {
		b.SetBytes(int64(len(contact)))
		for b.Loop() {
			gjson.Parse(contact).ForEach(func(_, _ gjson.Result) bool { return true })
		}
	})
}
