package ceql

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseConjunctions(t *testing.T) {
	t.Parallel()
	// The clauses are those of published poller configurations, with their placeholders filled.
	tests := map[string][]Condition{
		"":  {},
		" ": {},
		"lastModifiedDate>='2024-05-06T07:08:09Z'":         {{"lastModifiedDate", ">=", "2024-05-06T07:08:09Z", true}},
		"lastModifiedDate >= '1714979289000'":              {{"lastModifiedDate", ">=", "1714979289000", true}},
		"lastModifiedDate>1714979289000":                   {{"lastModifiedDate", ">", "1714979289000", false}},
		"'Modified Time'>'2024-05-06 07:08:09'":            {{"Modified Time", ">", "2024-05-06 07:08:09", true}},
		"`Modified Time` > '2024-05-06 07:08:09'":          {{"Modified Time", ">", "2024-05-06 07:08:09", true}},
		"CreationDate >'2024-05-06T07:08:09+00:00'":        {{"CreationDate", ">", "2024-05-06T07:08:09+00:00", true}},
		"direction = 'desc'":                               {{"direction", "=", "desc", true}},
		"q='<EXAMPLE>'":                                    {{"q", "=", "<EXAMPLE>", true}},
		"mdate>=2017-02-28T16:11:29-06:00":                 {{"mdate", ">=", "2017-02-28T16:11:29-06:00", false}},
		"updated_date__gte='2024-05-06T07:08:09.000'":      {{"updated_date__gte", "=", "2024-05-06T07:08:09.000", true}},
		"rows='20' and start='0'":                          {{"rows", "=", "20", true}, {"start", "=", "0", true}},
		" a='1' and b='2' AND c != 3":                      {{"a", "=", "1", true}, {"b", "=", "2", true}, {"c", "!=", "3", false}},
		"name LIKE 'Ab%' AND customer.id<5 and x<=6":       {{"name", "LIKE", "Ab%", true}, {"customer.id", "<", "5", false}, {"x", "<=", "6", false}},
		"owner='O''Hara' AND note=\"it's\"":                {{"owner", "=", "O'Hara", true}, {"note", "=", "it's", true}},
		"(a=1 AND b=2) AND ((c=3))":                        {{"a", "=", "1", false}, {"b", "=", "2", false}, {"c", "=", "3", false}},
		"empty='' AND android='y'":                         {{"empty", "=", "", true}, {"android", "=", "y", true}},
		"text='a AND b'":                                   {{"text", "=", "a AND b", true}},
		"größe>'5'":                                        {{"größe", ">", "5", true}},
		"vApp='vapp-9766b17c-5b26-4fec-af68-aa831bc8be0a'": {{"vApp", "=", "vapp-9766b17c-5b26-4fec-af68-aa831bc8be0a", true}},
	}
	for where, want := range tests {
		e, warnings, err := ParseWarn(where)
		if err != nil || len(warnings) > 0 {
			t.Errorf("%s: warnings %q, error %v", where, warnings, err)
			continue
		}
		got, ok := Conjunction(e)
		if !ok {
			t.Errorf("%s: not a conjunction: %v", where, e)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", where, diff)
		}
	}
}

func TestParseTrees(t *testing.T) {
	t.Parallel()
	a, b, c := Condition{"a", "=", "1", false}, Condition{"b", "=", "2", false}, Condition{"c", "=", "3", false}
	tests := map[string]Expr{
		"a=1 OR b=2":            Or{[]Expr{a, b}},
		"a=1 or b=2 and c=3":    Or{[]Expr{a, And{[]Expr{b, c}}}},
		"(a=1 OR b=2) AND c=3":  And{[]Expr{Or{[]Expr{a, b}}, c}},
		"a=1 OR (b=2 OR c=3)":   Or{[]Expr{a, b, c}},
		"a IN (1, '2',3)":       In{"a", []Literal{{"1", false}, {"2", true}, {"3", false}}},
		"a in('x')":             In{"a", []Literal{{"x", true}}},
		"a IS NULL":             Null{"a", false},
		"a is not null AND b=2": And{[]Expr{Null{"a", true}, b}},
		"`and`=1":               Condition{"and", "=", "1", false},
		"island=1":              Condition{"island", "=", "1", false},
		"CreationDate>='x' or LastChangeDate>='y'": Or{[]Expr{
			Condition{"CreationDate", ">=", "x", true}, Condition{"LastChangeDate", ">=", "y", true}}},
	}
	for where, want := range tests {
		got, err := Parse(where)
		if err != nil {
			t.Errorf("%s: %v", where, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", where, diff)
		}
	}
}

func TestConjunctionRefuses(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"a=1 OR b=2", "a=1 AND (b=2 OR c=3)", "a IN (1)", "a IS NULL", "a=1 AND b IS NULL"} {
		e, err := Parse(where)
		if err != nil {
			t.Fatal(err)
		}
		if list, ok := Conjunction(e); ok || list != nil {
			t.Errorf("%s: taken for a conjunction: %v", where, list)
		}
	}
}

func TestParseRepairs(t *testing.T) {
	t.Parallel()
	tests := []struct{ where, value, warning string }{
		{"ChangedOn>='2024-05-06T07:08:09Z", "2024-05-06T07:08:09Z", "column 12: the quote that opens here is not closed"},
		{"d>='2024-05-06T07:08:09+0000''", "2024-05-06T07:08:09+0000", "column 30: a stray quote"},
		{"d>='2024'' ", "2024", "column 10: a stray quote"},
		{"d>5'", "5", "column 4: a stray quote"},
	}
	for _, tt := range tests {
		e, warnings, err := ParseWarn(tt.where)
		if err != nil {
			t.Errorf("%s: %v", tt.where, err)
			continue
		}
		if got := e.(Condition).Value; got != tt.value {
			t.Errorf("%s: value %q, want %q", tt.where, got, tt.value)
		}
		if len(warnings) != 1 || !strings.Contains(warnings[0], tt.warning) {
			t.Errorf("%s: warnings %q, want one with %q", tt.where, warnings, tt.warning)
		}
	}
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		where   string
		column  int
		message string
	}{
		{"a", 2, "found the end where an operator was expected"},
		{"a=", 3, "found the end where a value was expected"},
		{"=1", 1, "where a field name was expected"},
		{"a<>1", 2, "write !="},
		{"a==1", 2, "write ="},
		{"a=<1", 2, "=< is not an operator"},
		{"größe ~ 1", 7, "found '~'"},
		{"a=1 b=2", 5, "where AND, OR or the end was expected"},
		{"a=1 AND", 8, "found the end where a field name"},
		{"a=1 AND OR b=2", 9, "put a field of that name in backquotes"},
		{"(a=1", 5, "where ) was expected for the ( at column 1"},
		{"a=1)", 4, "found ')'"},
		{"a IN 5", 6, "where ( was expected"},
		{"a IN ()", 7, "where a value was expected"},
		{"a IN (1 2)", 9, "where , or ) was expected"},
		{"a IS 5", 6, "where NULL was expected"},
		{"'a=1", 1, "not closed"},
		{"''='1'", 1, "the field name is empty"},
		{"a='x AND b=5", 3, "not closed"},
		{"receivedDate gte '2024'", 14, "where an operator was expected"},
		{strings.Repeat("(", 101) + "a=1" + strings.Repeat(")", 101), 101, "more than 100 parentheses"},
	}
	for _, tt := range tests {
		e, err := Parse(tt.where)
		var fault *SyntaxError
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v, error %v", tt.where, e, err)
			continue
		}
		if fault.Column != tt.column || !strings.Contains(err.Error(), tt.message) {
			t.Errorf("%s: %v; want column %d, %q", tt.where, err, tt.column, tt.message)
		}
	}
}

// What String writes is read back as the same tree.
func TestStringRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := tree(3).Draw(t, "tree")
		got, warnings, err := ParseWarn(want.String())
		if err != nil || len(warnings) > 0 {
			t.Fatalf("%s: warnings %q, error %v", want, warnings, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%s: %s", want, diff)
		}
	})
}

// tree draws trees of the shape that Parse promises: no list in a list of its own kind.
func tree(depth int) *rapid.Generator[Expr] {
	return rapid.Custom(func(t *rapid.T) Expr {
		if depth == 0 || rapid.Bool().Draw(t, "leaf") {
			return leaf(t)
		}
		terms := rapid.SliceOfN(tree(depth-1), 2, 4).Draw(t, "terms")
		if rapid.Bool().Draw(t, "and") {
			for i := range terms {
				if _, ok := terms[i].(And); ok {
					terms[i] = leaf(t)
				}
			}
			return And{terms}
		}
		for i := range terms {
			if _, ok := terms[i].(Or); ok {
				terms[i] = leaf(t)
			}
		}
		return Or{terms}
	})
}

func leaf(t *rapid.T) Expr {
	name := rapid.StringN(1, 6, -1).Draw(t, "name")
	literal := rapid.Custom(func(t *rapid.T) Literal {
		if rapid.Bool().Draw(t, "quoted") {
			return Literal{rapid.String().Draw(t, "value"), true}
		}
		return Literal{rapid.StringMatching(`[-+]?[0-9a-zA-Z.:]{1,9}`).Draw(t, "value"), false}
	})
	switch rapid.IntRange(0, 2).Draw(t, "kind") {
	case 0:
		return In{name, rapid.SliceOfN(literal, 1, 3).Draw(t, "values")}
	case 1:
		return Null{name, rapid.Bool().Draw(t, "not")}
	}
	value := literal.Draw(t, "value")
	op := rapid.SampledFrom([]string{"=", "!=", "<", ">", "<=", ">=", "LIKE"}).Draw(t, "op")
	return Condition{name, op, value.Value, value.Quoted}
}

// What parses is written as text that parses to the same tree, and answers about any record by the laws of its logic. The corpus holds the
// where clauses of published poller configurations.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"a=1", "'a b'>='x''y' AND (b IN (1,'2') OR c IS NOT NULL)", "a='x", "a='x''", "((("} {
		f.Add(seed, "1")
	}
	f.Fuzz(func(t *testing.T, where, value string) {
		e, err := Parse(where)
		if err != nil {
			return
		}
		again, err := Parse(e.String())
		if err != nil {
			t.Fatalf("%q became %q: %v", where, e, err)
		}
		if diff := cmp.Diff(e, again); diff != "" {
			t.Fatalf("%q became %q: %s", where, e, diff)
		}
		if err := laws(e, record([]string{value, "1", "2026-06-09T12:00:00Z"})); err != nil {
			t.Fatal(err)
		}
	})
}
