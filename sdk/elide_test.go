package sdk

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestElide(t *testing.T) {
	t.Parallel()
	nine := `[1, 2,3,4,5,6,7,8, 9 ]`
	texts := func(n int) string { return strings.Repeat(`"x",`, n-1) + `"z"` }
	for body, want := range map[string]struct {
		outline string
		elided  []Elided
	}{
		nine:                                                   {`[1,2,9]`, []Elided{{"", 9}}},
		` {"total": 9, "rows": ` + nine + `} `:                 {`{"total": 9, "rows": [1,2,9]}`, []Elided{{"/rows", 9}}},
		`{"a/b~c":` + nine + `,"é\n":[0]}`:                     {`{"a/b~c":[1,2,9],"é\n":[0]}`, []Elided{{"/a~1b~0c", 9}}},
		`[` + nine + `,{"x":` + nine + `}]`:                    {`[[1,2,9],{"x":[1,2,9]}]`, []Elided{{"/0", 9}, {"/1/x", 9}}},
		`[[],1,2,3,4,5,6,7,{"x":` + nine + `}]`:                {`[[],1,{"x":[1,2,9]}]`, []Elided{{"/2/x", 9}, {"", 9}}},
		`[0,1,2,` + nine + `,4,5,6,7,8]`:                       {`[0,1,8]`, []Elided{{"", 9}}},
		`[1,2,3,4,5,6,7,8]`:                                    {`[1,2,3,4,5,6,7,8]`, nil},
		`{"rows":` + nine + `} x`:                              {`{"rows":` + nine + `} x`, nil},
		`{"rows":[1,2,3,4,5,6,7,8,9,]}`:                        {`{"rows":[1,2,3,4,5,6,7,8,9,]}`, nil},
		`{"rows":[1,2,3,4,5,6,7,8,9`:                           {`{"rows":[1,2,3,4,5,6,7,8,9`, nil},
		`<html>`:                                               {`<html>`, nil},
		`{"columns":[` + texts(256) + `],"rows":` + nine + `}`: {`{"columns":[` + texts(256) + `],"rows":[1,2,9]}`, []Elided{{"/rows", 9}}},
		`[` + texts(257) + `]`:                                 {`["x","x","z"]`, []Elided{{"", 257}}},
		`[` + texts(20) + `,1]`:                                {`["x","x",1]`, []Elided{{"", 21}}},
		`[1,` + texts(20) + `]`:                                {`[1,"x","z"]`, []Elided{{"", 21}}},
		``:                                                     {``, nil},
	} {
		outline, elided := Elide([]byte(body))
		if string(outline) != want.outline || !reflect.DeepEqual(elided, want.elided) {
			t.Errorf("Elide(%s) = %s %v, want %s %v", body, outline, elided, want.outline, want.elided)
		}
	}
}

// Whatever the document, its outline is what a plain walk over the decoded document gives.
func TestElideAgreesWithDecoding(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		body, err := json.Marshal(document(random, 5))
		if err != nil {
			t.Fatal(err)
		}
		checkElided(t, body)
	}
}

func FuzzElide(f *testing.F) {
	f.Add([]byte(`{"rows":[1,2,3,4,5,6,7,8,{"a":[[],{}]},"x\"]"],"total":10}`))
	f.Add([]byte(`[[[0,0,0,0,0,0,0,0,0],0,0,0,0,0,0,0,[0,0,0,0,0,0,0,0,0]]]`))
	f.Fuzz(func(t *testing.T, body []byte) { checkElided(t, body) })
}

func checkElided(t *testing.T, body []byte) {
	t.Helper()
	outline, elided := Elide(body)
	if len(outline) > len(body) {
		t.Fatalf("%.500s grew to %.500s", body, outline)
	}
	var whole, left any
	if json.Unmarshal(body, &whole) != nil {
		if len(elided) > 0 {
			t.Fatalf("%.500s is no JSON, elided %v", body, elided)
		}
		return
	}
	if len(elided) == 0 {
		return
	}
	if err := json.Unmarshal(outline, &left); err != nil {
		t.Fatalf("the outline of %.500s is %.500s: %v", body, outline, err)
	}
	lengths := map[string]int{}
	want := shortened(whole, "", 1, lengths)
	if !reflect.DeepEqual(left, want) {
		t.Fatalf("the outline of %.500s is %.500s", body, outline)
	}
	for _, e := range elided {
		if n, ok := lengths[e.At]; ok && n != e.Len && !strings.Contains(string(body), `":`) { // of two members of one name either may be meant
			t.Fatalf("%.500s: %s has %d elements, told %d", body, e.At, n, e.Len)
		}
	}
}

// shortened is what Elide should leave.
func shortened(v any, at string, depth int, lengths map[string]int) any {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			v[name] = shortened(member, at+"/"+escapePointer(name), depth+1, lengths)
		}
	case []any:
		isText := func(v any) bool { _, ok := v.(string); return ok }
		texts := len(v) <= keptTexts && !slices.ContainsFunc(v, func(v any) bool { return !isText(v) })
		if len(v) > keptElements && !texts && depth <= elideDepth {
			lengths[at] = len(v)
			v = []any{v[0], v[1], v[len(v)-1]}
		}
		for i := range v {
			v[i] = shortened(v[i], fmt.Sprintf("%s/%d", at, i), depth+1, lengths)
		}
		return v
	}
	return v
}

func document(random *rand.Rand, depth int) any {
	switch n := random.IntN(10); {
	case depth > 0 && n < 4:
		list := make([]any, random.IntN(14))
		for i := range list {
			list[i] = document(random, depth-1)
			if n == 0 && random.IntN(20) > 0 {
				list[i] = "a text"
			}
		}
		if n == 1 && random.IntN(5) == 0 {
			return slices.Repeat([]any{"a text"}, keptTexts-2+random.IntN(5))
		}
		return list
	case depth > 0 && n < 7:
		object := map[string]any{}
		for range random.IntN(5) {
			object[string(rune('a'+random.IntN(26)))+"/~\""] = document(random, depth-1)
		}
		return object
	case n == 7:
		return "text \u00e9 \"quoted\" ]"
	}
	return random.IntN(1000)
}

// The lengths that an adapter reads are those of the body.
func TestResponseOutline(t *testing.T) {
	t.Parallel()
	body := []byte(`{"rows":[1,2,3,4,5,6,7,8,9,10],"few":[1]}`)
	whole := Response{Body: body}
	outline := Response{}
	outline.Body, outline.Elided = Elide(body)
	if len(outline.Body) >= len(body) {
		t.Fatalf("outline %s", outline.Body)
	}
	for _, r := range []Response{whole, outline} {
		o, err := r.Outline()
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := o.Len("rows")
		few, _ := o.Len("few")
		if rows != 10 || few != 1 {
			t.Errorf("rows %d, few %d; want 10, 1", rows, few)
		}
	}
}

func BenchmarkElide(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		row := `{"contactId":"60000133","email":"fay.holm@example.org","firstName":"Fay","lastName":"Holm","status":"normal","createDate":"2026-11-21 21:45:00","street":null,"city":null}`
		body := []byte(`{"contacts":[` + strings.Repeat(row+",", n-1) + row + `],"limit":1000,"offset":0,"total":` + fmt.Sprint(n) + `}`)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				Elide(body)
			}
		})
		b.Run(fmt.Sprintf("%d/json.Valid", n), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				json.Valid(body)
			}
		})
	}
}
