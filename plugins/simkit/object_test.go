package simkit

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
)

func TestObjectKeepsTheOrder(t *testing.T) {
	t.Parallel()
	got := string(new(Object).String("z", "<a> & \"b\"\n").Int("a", -5).Bool("m", true).Raw("b", AppendStrings(nil, []string{"x", "é"})).Bytes())
	if want := `{"z":"<a> & \"b\"\n","a":-5,"m":true,"b":["x","é"]}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(new(Object).Bytes()); got != "{}" {
		t.Errorf("empty object is %s", got)
	}
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", `"`, `\`, "\x00\x7f", "<>&", "é\u2028", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := json.Marshal(s)
		if err != nil {
			t.Skip()
		}
		var a, b string
		if json.Unmarshal(want, &a) != nil || json.Unmarshal(AppendString(nil, s), &b) != nil || a != b {
			t.Errorf("%q reads as %q, encoding/json gives %q", s, b, a)
		}
	})
}

func TestShape(t *testing.T) {
	t.Parallel()
	for doc, want := range map[string]string{
		`{"a":[1,2],"b":null}`:             "{a:[number],b:null}",
		`{"b":null,"a":[]}`:                "{b:null,a:[]}",
		`[{"x":"1"},{"x":true},{"x":"2"}]`: "[{x:string}|{x:bool}]",
		`"x"`:                              "string",
	} {
		if got, err := Shape([]byte(doc)); got != want || err != nil {
			t.Errorf("%s: %s (%v), want %s", doc, got, err, want)
		}
	}
	for _, doc := range []string{"", "{", `{"a":}`, "1 2", "[1"} {
		if got, err := Shape([]byte(doc)); err == nil {
			t.Errorf("%q: %q, want an error", doc, got)
		}
	}
}

func TestPersonsAreRepeatableAndUnique(t *testing.T) {
	t.Parallel()
	a, b := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(1, 1))
	seen := map[string]bool{}
	for n := range int64(1000) {
		p := NewPerson(a, n)
		if q := NewPerson(b, n); p != q {
			t.Fatalf("%v and %v differ", p, q)
		}
		if seen[p.Email] {
			t.Fatalf("%s twice", p.Email)
		}
		seen[p.Email] = true
	}
}
