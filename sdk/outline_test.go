package sdk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestOutline(t *testing.T) {
	t.Parallel()
	body := []byte(` {"rows":[{"a":[1,2,{"]":"}"}]},[],"x\"]"],"total":"3","limit":500,"none":null,"off":false,"on":true,
		"text":"a\u00e9\n","é":{},"nul":[],"total":"4"} `)
	o, err := ReadOutline(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := o.Names(), []string{"rows", "total", "limit", "none", "off", "on", "text", "é", "nul", "total"}; !slices.Equal(got, want) {
		t.Errorf("Names() = %q, want %q", got, want)
	}
	for name, want := range map[string]int{"rows": 3, "nul": 0, "total": -1, "é": -1, "absent": -1} {
		if got, ok := o.Len(name); ok != (want >= 0) || ok && got != want {
			t.Errorf("Len(%q) = %d, %v, want %d", name, got, ok, want)
		}
	}
	for name, want := range map[string]string{"total": "3", "limit": "500", "none": "", "off": "", "on": "true", "text": "aé\n", "rows": "", "absent": ""} {
		if got := o.Text(name); got != want {
			t.Errorf("Text(%q) = %q, want %q", name, got, want)
		}
	}
	if n, ok := o.Int("total"); n != 3 || !ok {
		t.Errorf("Int(total) = %d, %v, want 3: the first of two members counts", n, ok)
	}
	if n, ok := o.Int("text"); ok {
		t.Errorf("Int(text) = %d, want none", n)
	}
	if o.Has("none") || o.Has("absent") || !o.Has("off") {
		t.Errorf("Has: none %v, absent %v, off %v; want false, false, true", o.Has("none"), o.Has("absent"), o.Has("off"))
	}
	if got := string(o.Raw("rows")); got != `[{"a":[1,2,{"]":"}"}]},[],"x\"]"]` {
		t.Errorf("Raw(rows) = %s", got)
	}
}

func TestOutlineErrors(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                      "JSON ends at byte 0, want an object",
		"[]":                    `JSON at byte 0: found '[', want an object`,
		"<html>":                `JSON at byte 0: found '<', want an object`,
		`{"a":1`:                "JSON ends at byte 6, want ',' or '}'",
		`{"a":[1,2`:             "JSON ends at byte 9, want ',' or ']'",
		`{"a":"x`:               "JSON ends at byte 7, want the end of a string",
		`{"a":"\x"}`:            `JSON at byte 7: found 'x', want an escape`,
		`{"a":01}`:              `JSON at byte 6: found '1', want ',' or '}'`,
		`{"a":1.}`:              `JSON at byte 7: found '}', want a digit`,
		`{"a":tru}`:             `JSON at byte 8: found '}', want true`,
		`{"a":1,}`:              `JSON at byte 7: found '}', want a member name`,
		`{"a" 1}`:               `JSON at byte 5: found '1', want ':'`,
		`{}{"listId":"l-0001"}`: `JSON at byte 2: found '{', want the end of the text`,
		"{\"a\":\"\n\"}":        `JSON at byte 6: found '\n', want no control character in a string`,
		`{"a":` + strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1) + "}": "JSON at byte 1005: nested deeper than 1000",
	} {
		_, err := ReadOutline([]byte(body))
		if err == nil || err.Error() != want {
			t.Errorf("ReadOutline(%.40q) = %v, want %s", body, err, want)
		}
	}
}

// FuzzOutline holds the scanner against encoding/json: it accepts the same texts and finds the same members and lengths.
func FuzzOutline(f *testing.F) {
	for _, seed := range []string{
		`{"contacts":[{"contactId":"60000101"},{}],"limit":20,"offset":0,"total":3,"warnings":["a\nb"]}`,
		`{"a":-0.5e+10,"b":[[],[1]],"c":"\ud800","d":{"e":{}}}`, `{"a":1,"a":2}`, "{\"\xff\":1}", `{"a":"\u12"}`, `[`, `{`, ``, "{}\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if depth(body) > maxDepth/2 {
			t.Skip("the depth limits differ on purpose")
		}
		o, err := ReadOutline(body)
		isObject := json.Valid(body) && bytes.TrimLeft(body, " \t\r\n")[0] == '{'
		if (err == nil) != isObject {
			t.Fatalf("ReadOutline says %v, encoding/json: an object: %v", err, isObject)
		}
		if err != nil {
			return
		}
		d := json.NewDecoder(bytes.NewReader(body))
		_, _ = d.Token() // {
		for i := 0; d.More(); i++ {
			name, _ := d.Token()
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				t.Fatal(err)
			}
			m := o.members[i]
			if strings.ToValidUTF8(string(m.name), "\ufffd") != strings.ToValidUTF8(name.(string), "\ufffd") || !bytes.Equal(m.raw, raw) {
				t.Fatalf("member %d is %q: %s, want %q: %s", i, m.name, m.raw, name, raw)
			}
			var list []json.RawMessage
			want := -1
			if raw[0] == '[' && json.Unmarshal(raw, &list) == nil {
				want = len(list)
			}
			if m.elements != want {
				t.Fatalf("%s has %d elements, want %d", raw, m.elements, want)
			}
		}
	})
}

func depth(text []byte) int {
	return bytes.Count(text, []byte("[")) + bytes.Count(text, []byte("{"))
}

func TestTextRefusesStructures(t *testing.T) {
	t.Parallel()
	var v struct{ ID Text }
	if err := json.Unmarshal([]byte(`{"ID":["1"]}`), &v); err == nil {
		t.Errorf("a list became the text %q, want an error", v.ID)
	}
	if err := json.Unmarshal([]byte(`{"ID":910001}`), &v); err != nil || v.ID != "910001" {
		t.Errorf("a number became %q, %v, want 910001", v.ID, err)
	}
}

// BenchmarkEnvelope compares the outline with decoding the envelope by encoding/json, on a page of 1,000 records (the reason for Outline).
func BenchmarkEnvelope(b *testing.B) {
	row := `{"email":"ada@example.com","firstName":"Ada","phone":null,"createDate":"2026-06-09 15:46:52","contactId":"60000101"}`
	body := fmt.Appendf(nil, `{"contacts":[%s],"limit":1000,"offset":0,"total":1000}`, strings.TrimSuffix(strings.Repeat(row+",", 1000), ","))
	b.Run("outline", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			if o, err := ReadOutline(body); err != nil || len(o.members) != 4 {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			var page struct{ Contacts []json.RawMessage }
			if err := json.Unmarshal(body, &page); err != nil || len(page.Contacts) != 1000 {
				b.Fatal(err)
			}
		}
	})
}
