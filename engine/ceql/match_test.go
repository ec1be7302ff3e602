package ceql

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fields is a record for tests. The field when is a date of the form 02.01.2006.
func fields(t testing.TB, object string) Lookup {
	t.Helper()
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(object), &members); err != nil {
		t.Fatal(err)
	}
	return func(name string) Value {
		raw, ok := members[name]
		if !ok || string(raw) == "null" {
			return Value{}
		}
		v := Value{Kind: Number, Text: string(raw)}
		switch raw[0] {
		case '"':
			v.Kind = Text
			if err := json.Unmarshal(raw, &v.Text); err != nil {
				t.Fatal(err)
			}
		case 't', 'f':
			v.Kind = Bool
		case '{', '[':
			v.Kind = Nested
		}
		if name == "when" {
			v.Order = func(l Literal) (int, bool) {
				at, err := time.Parse("02.01.2006", v.Text)
				other, errOther := time.Parse("2006-01-02", l.Value)
				return at.Compare(other), err == nil && errOther == nil
			}
		}
		return v
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const record = `{"id": 9007199254740993, "price": 12.50, "zero": 0, "minus": -3, "tiny": 1e-7, "huge": 1e400,
		"name": "Ada O'Hara", "city": "ÖREBRO", "zip": "01234", "digits": "1714979290000", "empty": "", "percent": "50%_off",
		"on": true, "off": false, "none": null, "list": [1], "object": {"a": 1}, "when": "09.06.2026", "Modified Time": "2026"}`
	tests := []struct {
		where string
		want  Truth
	}{
		// Numbers are compared as numbers, also where binary floats would take two for one.
		{"id=9007199254740993", True},
		{"id=9007199254740992", False},
		{"id='9007199254740993'", True},
		{"id>9007199254740992", True},
		{"id>=9007199254740993 AND id<=9007199254740993", True},
		{"price=12.5", True},
		{"price=1.25e1", True},
		{"price='12.500'", True},
		{"price>9", True},
		{"price<'100'", True},
		{"zero=-0.0", True},
		{"zero=0e99", True},
		{"minus<-2 AND minus>-3.1", True},
		{"minus>1", False},
		{"tiny<0.000001", True},
		{"tiny>0", True},
		{"huge>9999999999999999999999999", True},
		{"huge=10e399", True},
		{"price=abc", False},
		{"price!=abc", True},
		{"price>abc", Unknown},
		{"price>012", Unknown},

		// Texts, bytewise and by case.
		{"name='Ada O''Hara'", True},
		{"name=\"Ada O'Hara\"", True},
		{"name='ada o''hara'", False},
		{"name!='ada'", True},
		{"name<'B' AND name>'A'", True},
		{"name<'a'", True},
		{"empty=''", True},
		{"empty!='x'", True},
		{"`Modified Time`='2026'", True},
		{"'Modified Time'>=2026", True},
		{"zip='01234'", True},
		{"zip=01234", True},
		{"zip=1234", False},
		{"digits>1714979289000", True},
		{"digits>999", True},    // bare: as numbers
		{"digits>'999'", False}, // quoted: as texts
		{"name>5", True},        // no number: as texts
		{"digits=1714979290000.0", True},
		{"digits='1714979290000.0'", False},

		// LIKE.
		{"name LIKE 'ada%'", True},
		{"name LIKE '%HARA'", True},
		{"name LIKE '%o''h%'", True},
		{"name LIKE 'ada'", False},
		{"name LIKE 'ada o''hara'", True},
		{"name LIKE '%'", True},
		{"name LIKE '%%a%%a%%a%%'", True},
		{"name LIKE '%a%a%a%a%a%'", False},
		{"name LIKE 'Ada O''Hara%Ada O''Hara'", False},
		{"city LIKE 'örebro'", True},
		{"empty LIKE ''", True},
		{"empty LIKE '%'", True},
		{"empty LIKE 'x%'", False},
		{"percent LIKE '50_%off'", False}, // _ stands for itself
		{"percent LIKE '50%_OFF'", True},
		{"price LIKE '12.5%'", True},
		{"on LIKE 'tru%'", True},
		{"none LIKE '%'", Unknown},
		{"list LIKE '%'", Unknown},

		// True and false.
		{"on=true", True},
		{"on='TRUE'", True},
		{"on=1", False},
		{"off!=true", True},
		{"on>false", Unknown},

		// IN.
		{"id IN (1, 9007199254740993)", True},
		{"name IN ('Ada', 'Bob')", False},
		{"none IN ('a')", Unknown},
		{"on IN (false, 'true')", True},

		// What has no value.
		{"none=''", Unknown},
		{"none!='x'", Unknown},
		{"gone=1", Unknown},
		{"gone<1", Unknown},
		{"none IS NULL AND gone IS NULL", True},
		{"empty IS NULL", False},
		{"zero IS NOT NULL AND off IS NOT NULL AND list IS NOT NULL", True},
		{"none=1 OR id>0", True},
		{"none=1 OR id<0", Unknown},
		{"none=1 AND id>0", Unknown},
		{"none=1 AND id<0", False},
		{"(none=1 AND id<0) OR (gone=1 OR on=true)", True},
		{"list=1", Unknown},
		{"object!='x'", Unknown},
		{"object>'x'", Unknown},

		// Dates, by the caller's rule: 09.06. is after 2026-06-01, although "09" < "20" as texts.
		{"when>'2026-06-01'", True},
		{"when='2026-06-09'", True},
		{"when IN ('2026-06-08', '2026-06-09')", True},
		{"when<='2026-06-08'", False},
		{"when>'soon'", Unknown},
		{"when='09.06.2026'", True},
		{"when!='soon'", True},
		{"when LIKE '%.2026'", True},

		{"", True},
	}
	look := fields(t, record)
	for _, tt := range tests {
		e, err := Parse(tt.where)
		if err != nil {
			t.Errorf("%s: %v", tt.where, err)
			continue
		}
		if got := Judge(e, look); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.where, got, tt.want)
		}
		if got := Match(e, look); got != (tt.want == True) {
			t.Errorf("%s: Match gives %v", tt.where, got)
		}
	}
}

// Numbers of few digits are ordered as the machine orders them.
func TestNumbersAgreeWithFloats(t *testing.T) {
	t.Parallel()
	draw := rapid.Custom(func(t *rapid.T) string {
		text := rapid.StringMatching(`-?(0|[1-9][0-9]{0,4})(\.[0-9]{1,4})?`).Draw(t, "mantissa")
		if rapid.Bool().Draw(t, "exponent") {
			text += "e" + strconv.Itoa(rapid.IntRange(-8, 8).Draw(t, "power"))
		}
		return text
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		x, errX := strconv.ParseFloat(a, 64)
		y, errY := strconv.ParseFloat(b, 64)
		got, ok := compareNumbers(a, b)
		if errX != nil || errY != nil || !ok {
			t.Fatalf("%s and %s: %v %v %v", a, b, errX, errY, ok)
		}
		if want := cmp.Compare(x, y); cmp.Compare(got, 0) != want {
			t.Fatalf("%s and %s: %d, want %d", a, b, got, want)
		}
	})
}

func TestNoNumbers(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "-", "+1", "01", "1.", ".5", "1e", "1e+", "1e+-1", "1e1234567890", "0x1", "1_0", "NaN", " 1", "१"} {
		if n, ok := readNumber(text); ok {
			t.Errorf("%q is taken for the number %+v", text, n)
		}
	}
}

func TestCompareSorts(t *testing.T) {
	t.Parallel()
	want := []Value{
		{Kind: Number, Text: "-1"}, {Kind: Number, Text: "2"}, {Kind: Number, Text: "10"}, {Kind: Number, Text: "10.5"},
		{Kind: Text, Text: ""}, {Kind: Text, Text: "10"}, {Kind: Text, Text: "9"}, {Kind: Text, Text: "a"},
		{Kind: Bool, Text: "false"}, {Kind: Bool, Text: "true"}, {Kind: Nested, Text: "{}"}, {},
	}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, Compare)
	for i := range want {
		if got[i].Kind != want[i].Kind || got[i].Text != want[i].Text {
			t.Fatalf("sorted %v", got)
		}
	}
}

func TestConditionsAndTerms(t *testing.T) {
	t.Parallel()
	e, err := Parse("a=1 AND (b IN (2) OR (c IS NULL AND d LIKE 'x'))")
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	Conditions(e, func(c Expr) { seen = append(seen, c.String()) })
	if got, want := strings.Join(seen, "; "), "a = 1; b IN (2); c IS NULL; d LIKE 'x'"; got != want {
		t.Errorf("conditions %q, want %q", got, want)
	}
	if n := len(Terms(e)); n != 2 {
		t.Errorf("%d terms, want 2", n)
	}
	if n := len(Terms(Null{Name: "a"})); n != 1 {
		t.Errorf("%d terms of a single condition, want 1", n)
	}
	if n := len(Terms(And{})); n != 0 {
		t.Errorf("%d terms of an empty clause, want none", n)
	}
}

// laws are what holds of any clause and record.
func laws(e Expr, look Lookup) error {
	got := Judge(e, look)
	if Judge(Or{[]Expr{e, And{}}}, look) != True || Judge(And{[]Expr{e, And{}}}, look) != got || Judge(Or{[]Expr{e, e}}, look) != got {
		return fmt.Errorf("%v: AND and OR do not agree with its answer %v", e, got)
	}
	var fault error
	Conditions(e, func(c Expr) {
		if err := law(c, look); err != nil && fault == nil {
			fault = err
		}
	})
	return fault
}

// law is what holds of one condition.
func law(e Expr, look Lookup) error {
	with := func(c Condition, op string) Truth { c.Op = op; return Judge(c, look) }
	switch e := e.(type) {
	case Null:
		if Judge(e, look).Not() != Judge(Null{e.Name, !e.Not}, look) || Judge(e, look) == Unknown {
			return fmt.Errorf("%v is neither true nor false, or its opposite is the same", e)
		}
	case In:
		var same Or
		for _, v := range e.Values {
			same.Terms = append(same.Terms, Condition{e.Name, "=", v.Value, v.Quoted})
		}
		if Judge(e, look) != Judge(same, look) {
			return fmt.Errorf("%v: %v, but %v as OR", e, Judge(e, look), Judge(same, look))
		}
	case Condition:
		less, more, equal := with(e, "<"), with(e, ">"), with(e, "=")
		if equal.Not() != with(e, "!=") || less.Not() != with(e, ">=") || more.Not() != with(e, "<=") {
			return fmt.Errorf("%v: an operator and its opposite are both so", e)
		}
		if less == True && more == True || (less == True || more == True) && equal == True || less == False && more == False && equal != True {
			return fmt.Errorf("%v: below %v, above %v, equal %v", e, less, more, equal)
		}
		if look(e.Name).Kind == Absent && with(e, e.Op) != Unknown {
			return fmt.Errorf("%v is known of a field without a value", e)
		}
	}
	return nil
}

// record gives any name of a clause a value that depends on the name.
func record(values []string) Lookup {
	return func(name string) Value {
		sum := 0
		for i := range len(name) {
			sum += int(name[i])
		}
		text := values[sum%len(values)]
		v := Value{Kind: Kind(sum % 5), Text: text}
		if _, ok := readNumber(text); v.Kind == Number && !ok {
			v.Kind = Text
		}
		return v
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.OneOf(rapid.String(), rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9])?`)), 1, 5).Draw(t, "values")
		if err := laws(tree(3).Draw(t, "tree"), record(values)); err != nil {
			t.Fatal(err)
		}
	})
}
