//go:build !wasip1

package sdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// texts are what strings are tried with: all that is escaped, and what only looks so.
var texts = []string{"", "a", "<a href=\"x\">&</a>", "back\\slash/", "\b\f\n\r\t\x00\x1f\x7f", "é€𝄞", "\u2028\u2029\u2027", "\xff\xc3(\xe2\x80", "null", "\ufffd"}

var raws = []Raw{nil, Raw(`{}`), Raw(" {\"a\" : [ 1 , \"<\u2028\\\"\\u00e9 \"\r\t\n] , \"b\":-1.5e+3}\n"), Raw(`null`), Raw("\"\xff\""), Raw(`[[],{"":""}]`)}

// fill sets parts of v at random, every other one.
func fill(v reflect.Value, r *rand.Rand) {
	if v.Type() == reflect.TypeFor[Raw]() {
		v.SetBytes(raws[r.IntN(len(raws))])
		return
	}
	if v.Kind() != reflect.Struct && r.IntN(2) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), r)
		}
	case reflect.String:
		v.SetString(texts[r.IntN(len(texts))])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt([]int64{1, -1, 1<<63 - 1, -1 << 63, 500}[r.IntN(5)])
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), r)
	case reflect.Slice:
		n := r.IntN(3)
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			fill(v.Index(i), r)
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			v.SetMapIndex(reflect.ValueOf(texts[r.IntN(len(texts))]), reflect.ValueOf(texts[r.IntN(len(texts))]))
		}
	}
}

// same holds what is written by hand against encoding/json and the tags.
func same(t *testing.T, got []byte, gotErr error, value any) {
	t.Helper()
	want, err := json.Marshal(value)
	if (gotErr == nil) != (err == nil) || err == nil && !bytes.Equal(got, want) {
		t.Fatalf("%+v\ngot  %s, %v\nwant %s, %v", value, got, gotErr, want, err)
	}
}

func encodedManifest(m Manifest) []byte { return encodeManifest(&m)[1:] }

func encodedReply(r Reply) ([]byte, error) {
	out, err := encodeReply(&r)
	return out[1:], err
}

// A field that is added to a type and not to its writer or reader fails here.
func TestWrittenAsEncodingJSON(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		var m Manifest
		fill(reflect.ValueOf(&m).Elem(), r)
		same(t, encodedManifest(m), nil, m)

		var reply Reply
		fill(reflect.ValueOf(&reply).Elem(), r)
		out, err := encodedReply(reply)
		same(t, out, err, reply)

		var c Call
		fill(reflect.ValueOf(&c).Elem(), r)
		doc, err := encodeCall(&c)
		same(t, doc, err, c)
		if err == nil {
			sameCall(t, doc)
		}
	}
}

// sameCall reads a call in both ways.
func sameCall(t *testing.T, doc []byte) {
	t.Helper()
	var want Call
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	got, err := decodeCall(doc)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%s\ngot  %+v, %v\nwant %+v", doc, got, err, want)
	}
}

func TestRawMustBeJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", " ", "{", "1 2", "nul", `{"a":1,}`, "\"\n\""} {
		page := Page{Records: Records{Inline: []Raw{Raw(text)}}}
		if _, err := encodedReply(Reply{Page: &page}); err == nil {
			t.Errorf("a record %q was written", text)
		}
		if text == "" {
			continue // left out
		}
		out := Answer(stateful(text), OpStep, []byte("\x02\x00\x00\x00{}"))
		if out[0] != ReplyError || !strings.Contains(string(out), "state is no JSON: JSON ") {
			t.Errorf("a state %q was answered with %q", text, out)
		}
	}
	if _, err := EncodeCall(Call{Memo: Raw("{")}); err == nil {
		t.Error("a memo that is no JSON was sent")
	}
}

type stateful Raw

func (stateful) Describe() Manifest { return Manifest{} }
func (s stateful) Step(Call) Reply  { return Reply{Fetch: &Fetch{State: Raw(s)}} }

func TestCallIsReadStrictly(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"now":1,"now":2}`:                        `"now" is there twice`,
		`{"config":{"a":"1","a":"2"}}`:             `"a" is there twice`,
		`{"query":{"resource":1}}`:                 "found '1', want a string",
		`{"query":{"where":{}}}`:                   "found '{', want an array",
		`{"query":{"orderBy":[{"descending":1}]}}`: "want true or false",
		`{"response":[]}`:                          "want an object",
		`{"config":[]}`:                            "want an object",
		`{"now":"1"}`:                              "want a number",
		`{"now":1.5}`:                              "invalid syntax",
		`{"now":9223372036854775808}`:              "out of range",
		`{} {}`:                                    "want the end of the text",
		`{"state":{]}`:                             "want a member name",
	} {
		if _, err := decodeCall([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
	// What a newer host may say, and null, change nothing.
	for _, text := range []string{
		`{"new":{"a":[1,{"b":null}]},"query":{"resource":"r","new":1},"now":1}`,
		`{"query":{"resource":"r","vars":null,"where":null,"since":null,"pageSize":null,"page":null},"config":null,"response":null,"now":1}`,
		` { "query" : { "resource" : "r" } , "now" : 1 } `,
	} {
		got, err := decodeCall([]byte(text))
		if err != nil || !reflect.DeepEqual(got, Call{Query: Query{Resource: "r"}, Now: 1}) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
}

// FuzzDecodeCall: what is taken is what encoding/json takes, and means the same. What only encoding/json takes is there twice.
func FuzzDecodeCall(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20 {
		var c Call
		fill(reflect.ValueOf(&c).Elem(), r)
		doc, err := encodeCall(&c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(doc)
	}
	f.Add([]byte(`{"query":{"where":[null,{"name":"\ud834\udd1e\ud834x\u00"}]},"config":{"a":null},"now":-0,"x":[{}]}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if depth(doc) > maxDepth/2 {
			t.Skip("the depth limits differ on purpose")
		}
		var want Call
		wantErr := json.Unmarshal(doc, &want)
		got, err := decodeCall(doc)
		switch {
		case err != nil && wantErr == nil && !strings.Contains(err.Error(), "is there twice"):
			t.Fatalf("refused: %v", err)
		case err != nil || caseDiffers(doc):
			return
		case wantErr != nil || !reflect.DeepEqual(got, want):
			t.Fatalf("got %+v\nwant %+v, %v", got, want, wantErr)
		}
	})
}

// caseDiffers says whether a name is one of the contract's in another case, which encoding/json takes for it.
func caseDiffers(doc []byte) bool {
	known := map[string]string{}
	var collect func(reflect.Type)
	collect = func(of reflect.Type) {
		switch of.Kind() {
		case reflect.Pointer, reflect.Slice:
			collect(of.Elem())
		case reflect.Struct:
			for i := range of.NumField() {
				name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
				known[fold(name)] = name
				collect(of.Field(i).Type)
			}
		}
	}
	collect(reflect.TypeFor[Call]())
	for d := json.NewDecoder(bytes.NewReader(doc)); ; {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if text, ok := token.(string); ok && known[fold(text)] != "" && known[fold(text)] != text {
			return true
		}
	}
}

// fold is how encoding/json compares names: K and S have relatives beyond ASCII.
func fold(name string) string {
	return strings.NewReplacer("\u212a", "k", "\u017f", "s").Replace(strings.ToLower(name))
}

// FuzzWrite: any value that can be read is written as encoding/json writes it.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(`{"page":{"records":{"inline":[{"a":"<\u2028>"},null, 1 ]},"total":0,"memo":null}}`))
	f.Add([]byte(`{"fetch":{"path":"/\ud800","headers":{"b":"1","a":"\t"},"query":[{}],"state":"x"}}`))
	f.Add([]byte(`{"key":"a","resources":[{"where":[{"ops":["="]}],"poll":{}}],"auth":{"oauth2":{}},"call":{"fuel":1}}`))
	f.Fuzz(func(t *testing.T, doc []byte) {
		if depth(doc) > maxDepth/2 {
			t.Skip("the depth limits differ on purpose")
		}
		var reply Reply
		if json.Unmarshal(doc, &reply) == nil {
			out, err := encodedReply(reply)
			same(t, out, err, reply)
		}
		var m Manifest
		if json.Unmarshal(doc, &m) == nil {
			same(t, encodedManifest(m), nil, m)
		}
		var c Call
		if json.Unmarshal(doc, &c) == nil {
			out, err := encodeCall(&c)
			same(t, out, err, c)
		}
		same(t, Quote(string(doc)), nil, string(doc))
		var text string
		if json.Unmarshal(doc, &text) == nil && unquote(bytes.TrimSpace(doc)) != text && string(bytes.TrimSpace(doc)) != "null" {
			t.Fatalf("%s is %q, want %q", doc, unquote(bytes.TrimSpace(doc)), text)
		}
	})
}

func TestObject(t *testing.T) {
	t.Parallel()
	got := new(Object).Text("a<", "é\"").Int("n", -3).Bool("yes", true).Bool("no", false).Texts("list", []string{"x", ""}).Texts("none", nil).
		Raw("raw", Raw(`[1, 2]`)).Raw("null", nil).Raw("in", new(Object).JSON()).Text("last", "")
	const want = `{"a\u003c":"é\"","n":-3,"yes":true,"no":false,"list":["x",""],"none":null,"raw":[1, 2],"null":null,"in":{},"last":""}`
	if text := string(got.JSON()); text != want || !json.Valid(got.JSON()) {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	one := got.JSON()
	got.Text("more", "1")
	if string(one) != want {
		t.Errorf("what was given before became %s", one)
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	o, err := ReadOutline([]byte(`{"rows":[ {"a":1} ,[2], "x"],"words":["a",null,"\u00e9"],"null":null,"object":{"in":"1"},"mixed":["a",1]}`))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := o.List("rows")
	if err != nil || len(rows) != 3 || string(rows[0]) != `{"a":1}` || string(rows[1]) != `[2]` || string(rows[2]) != `"x"` {
		t.Errorf("List(rows) = %s, %v", rows, err)
	}
	words, err := o.Texts("words")
	if err != nil || !reflect.DeepEqual(words, []string{"a", "", "é"}) {
		t.Errorf("Texts(words) = %q, %v", words, err)
	}
	if none, err := o.List("null"); err != nil || none != nil {
		t.Errorf("List(null) = %s, %v, want none", none, err)
	}
	if in, err := o.Outline("object"); err != nil || in.Text("in") != "1" {
		t.Errorf("Outline(object) = %v, %v", in, err)
	}
	_, noTexts := o.Texts("mixed")
	_, noList := o.List("object")
	_, noObject := o.Outline("rows")
	_, absent := o.List("absent")
	_, behind := ReadList([]byte(`[1] 2`))
	_, cut := ReadList([]byte(`[1,`))
	if err := errors.Join(noTexts, noList, noObject, absent, behind, cut); err == nil || len(strings.Split(err.Error(), "\n")) != 6 {
		t.Errorf("got %v, want six errors", err)
	}
}
