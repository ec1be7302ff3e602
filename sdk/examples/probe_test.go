package examples

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/sdk"
	"github.com/pollwright/pollwright/sdk/sdktest"
)

// probe asks the functions of a foreign SDK, by their names in probe/.
type probe struct{ host sdktest.Host }

// probes are the functions of the foreign SDKs, for each whose compiler is here.
func probes(t *testing.T) map[string]probe {
	t.Helper()
	all := map[string]probe{}
	for _, l := range languages {
		if missing := l.missing(); missing != "" {
			t.Logf("functions in %s are not tested: missing %s", l.name, missing)
			continue
		}
		sdkFile, ext := l.sources[0], l.sources[1][strings.LastIndex(l.sources[1], "."):]
		command := strings.Split(strings.ReplaceAll(strings.Join(l.command, "\x00"), "adapter"+ext, "probe"+ext), "\x00")
		all[l.name] = probe{sandboxed(t, compile(t, []string{sdkFile, "probe/probe" + ext}, command, module), "probe")}
	}
	if len(all) == 0 {
		t.Skip("no foreign compiler is here")
	}
	return all
}

// call asks one function.
func (p probe) call(c sdk.Call) (string, error) {
	reply, err := p.host.Step(c)
	if err != nil {
		return "", err
	}
	if reply.Fault == nil || !strings.HasPrefix(reply.Fault.Message, "=") {
		return "", fmt.Errorf("got %+v, want a result", reply)
	}
	return reply.Fault.Message[1:], nil
}

// fails is what rapid.T and testing.T have in common.
type fails interface {
	Errorf(format string, args ...any)
	Helper()
}

// same asks all languages and compares with want.
func same(t fails, all map[string]probe, c sdk.Call, want string) {
	t.Helper()
	for name, p := range all {
		got, err := p.call(c)
		if err != nil || got != want {
			t.Errorf("%s: %s of %q at %+v, %+v: got %q, %v, want %q", name, c.Query.Resource, c.Query.Filter, c.Query.Since, c.Response, got, err, want)
		}
	}
}

func asked(what, text string) sdk.Call {
	return sdk.Call{Query: sdk.Query{Resource: what, Filter: text}}
}

func answered(what string, body []byte) sdk.Call {
	return sdk.Call{Query: sdk.Query{Resource: what}, Response: &sdk.Response{Status: 200, Body: body}}
}

// yes is how a probe says whether something is so.
func yes(is bool) string {
	if is {
		return "yes"
	}
	return ""
}

// The oracle of all that follows is Go's own SDK and standard library.
func TestForeignFunctions(t *testing.T) {
	t.Parallel()
	all := probes(t)
	for name, check := range map[string]func(*rapid.T, map[string]probe){
		"path": checkPath, "time": checkTime, "parse": checkTimeParse, "int": checkInt, "offset": checkOffset,
		"retry": checkRetryAfter, "string": checkString, "json": checkJSON, "rows": checkRows,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { check(t, all) })
		})
	}
	t.Run("excerpt", func(t *testing.T) {
		t.Parallel()
		checkExcerpt(t, all)
	})
	t.Run("large", func(t *testing.T) {
		t.Parallel()
		// More than the host makes room for beforehand, so that the buffer has to grow, and more again for the text that is decoded.
		text := strings.Repeat("é", 3<<20)
		same(t, all, answered("valid", []byte(`"`+text+`"`)), "yes")
		same(t, all, answered("string", []byte(`["`+text+`"]`)), "")
	})
}

func checkPath(t *rapid.T, all map[string]probe) {
	segment := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{".", "..", "...", ""}), rapid.StringMatching(`[ -~]{1,20}`)).Draw(t, "segment")
	same(t, all, asked("path", segment), sdk.Path(segment))
}

var (
	years = rapid.Int64Range(-62_167_219_200_000, 253_402_300_799_999) // of four digits
	times = rapid.OneOf(years, rapid.Int64Range(-5_000_000, 5_000_000), rapid.Int64(),
		rapid.SampledFrom([]int64{951_782_400_000, 951_868_799_999, -2_203_891_200_001, 4_107_542_400_000, math.MinInt64, math.MaxInt64})) // leap days and not
)

func checkTime(t *rapid.T, all map[string]probe) {
	ms := times.Draw(t, "ms")
	c := asked("time", "")
	c.Query.Since = &sdk.Since{Field: "updated", Time: ms}
	same(t, all, c, time.UnixMilli(ms).UTC().Format(time.RFC3339))
}

func checkTimeParse(t *rapid.T, all map[string]probe) {
	zone := time.FixedZone("", 60*rapid.IntRange(-23*60-59, 23*60+59).Draw(t, "minutes"))
	layout := rapid.SampledFrom([]string{time.RFC3339, "2006-01-02T15:04:05.999999999Z07:00", "2006-01-02T15:04:05.00Z07:00"}).Draw(t, "layout")
	nano := rapid.Int64Range(0, 999_999).Draw(t, "nanoseconds")
	text := damaged(t, time.UnixMilli(years.Draw(t, "ms")).Add(time.Duration(nano)).In(zone).Format(layout), "+", "-")
	want := ""
	var at time.Time
	if at.UnmarshalText([]byte(text)) == nil && text[13] == ':' { // stricter than time.Parse, but for an hour of one digit
		want = strconv.FormatInt(at.UnixMilli(), 10)
	}
	same(t, all, asked("parse", text), want)
}

// damaged changes a character of text, or none.
func damaged(t *rapid.T, text string, by ...string) string {
	if text == "" || rapid.Bool().Draw(t, "whole") {
		return text
	}
	i := rapid.IntRange(0, len(text)-1).Draw(t, "at")
	return text[:i] + rapid.SampledFrom(append(by, "", "0", "9", "3", ":", " ", "x")).Draw(t, "by") + text[i+1:]
}

func checkInt(t *rapid.T, all map[string]probe) {
	text := rapid.OneOf(
		rapid.Map(rapid.Int64(), func(n int64) string { return strconv.FormatInt(n, 10) }),
		rapid.StringMatching(`[-+]?[0-9]{0,21}[.e ]?`),
		rapid.SampledFrom([]string{"9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "-0", "+7"}),
	).Draw(t, "text")
	want := ""
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		want = strconv.FormatInt(n, 10)
	}
	same(t, all, asked("int", text), want)
}

func checkOffset(t *rapid.T, all map[string]probe) {
	page := rapid.StringMatching(`[-+]?[0-9]{0,20}(\+1|\+|\+1\+1|\+2)?`).Draw(t, "page")
	want := ""
	if o, err := sdk.ParseOffset(page); err == nil {
		want = o.String()
	}
	same(t, all, asked("offset", page), want)
}

// httpDates are the three forms of RFC 9110, 5.6.7.
var httpDates = []string{"Mon, 02 Jan 2006 15:04:05 GMT", "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC}

func httpDate(t *rapid.T, name string) string {
	at := time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(t, name)).UTC()
	return damaged(t, at.Format(rapid.SampledFrom(httpDates).Draw(t, name+" form"))) // without signs: Go takes -6 for a year
}

func checkRetryAfter(t *rapid.T, all map[string]probe) {
	c := answered("retry", nil)
	c.Now = years.Draw(t, "now")
	c.Response.Headers = map[string]string{"retry-after": rapid.StringMatching(` ?[-+]?[0-9]{0,20} ?`).Draw(t, "seconds")}
	if rapid.Bool().Draw(t, "until") {
		c.Response.Headers["retry-after"] = httpDate(t, "date")
	}
	if rapid.Bool().Draw(t, "dated") {
		c.Response.Headers["date"] = httpDate(t, "now")
	}
	same(t, all, c, strconv.FormatInt(sdk.RetryAfter(c), 10))
}

// pieces of JSON strings that are easily read wrongly.
var pieces = []string{`a`, `\n`, `\"`, `\\`, `\/`, `\b\f\r\t`, `\u00e9`, `\u0000`, `\ud83d\ude00`, `\ud83d`, `\ude00`, `\ud83dx`, `\ud83d\ud83d\ude00`, `\ud83d\n`,
	"é", "€", "😀", "\xff", "\xc3", "\xe2\x82", "\xed\xa0\x80", "\xf0\x90\x80", "\xc0\xaf", "\xf5", "\u2028", "<&>", "\x7f"}

func checkString(t *rapid.T, all map[string]probe) {
	doc := []byte(`"` + strings.Join(rapid.SliceOf(rapid.SampledFrom(pieces)).Draw(t, "pieces"), "") + `"`)
	var want string
	if err := json.Unmarshal(doc, &want); err != nil {
		t.Fatal(err)
	}
	same(t, all, answered("string", doc), want)
}

// tokens that JSON is made of, and that it is not.
var tokens = []string{"{", "}", "[", "]", ",", ":", `"a"`, `"b\u00e9"`, `"\x"`, `"`, "1", "-0", "01", "1.5e-3", "1.", "-", "true", "false", "null", "nul", " ", "\n", "\x00", `{"a":`, "[[", "]]", `"c":{}`}

func checkJSON(t *rapid.T, all map[string]probe) {
	doc, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.SliceOf(rapid.Float64())).Draw(t, "document"))
	if err != nil {
		t.Fatal(err)
	}
	text := rapid.OneOf(
		rapid.Map(rapid.SliceOf(rapid.SampledFrom(tokens)), func(parts []string) string { return strings.Join(parts, "") }),
		rapid.Just(damaged(t, string(doc))),
		rapid.Map(rapid.IntRange(990, 1010), func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }),
		rapid.Map(rapid.IntRange(990, 1010), func(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }),
	).Draw(t, "text")
	_, err = sdk.ReadOutline([]byte(text))
	same(t, all, answered("outline", []byte(text)), yes(err == nil))
	if len(text) < 990 {
		same(t, all, answered("valid", []byte(text)), yes(json.Valid([]byte(text))))
	}
}

func checkRows(t *rapid.T, all map[string]probe) {
	name := rapid.SampledFrom([]string{"items", "a/b~c", "é", `"`}).Draw(t, "name")
	doc, err := json.Marshal(map[string]any{
		name: rapid.SliceOf(rapid.Int()).Draw(t, "rows"), "z": "[1]", "y": map[string]int{"items": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, asked := range []string{name, "z", "y", "x"} {
		c := answered("rows", nil)
		c.Query.Filter = asked
		c.Response.Body, c.Response.Elided = sdk.Elide(doc)
		want := ""
		if o, err := c.Response.Outline(); err != nil {
			t.Fatal(err)
		} else if n, ok := o.Len(asked); ok {
			want = strconv.Itoa(n)
		}
		same(t, all, c, want)
	}
}

// checkExcerpt goes through all characters that Unicode has given a meaning; of the others nothing is promised.
func checkExcerpt(t *testing.T, all map[string]probe) {
	for _, text := range []string{"", " \r\n\x00 ", "caf\u00e9 \xff!", strings.Repeat("é", 200), strings.Repeat("é", 201), strings.Repeat("ab ", 100),
		strings.Repeat(" ", 500) + "end", strings.Repeat("😀 ", 150)} {
		same(t, all, answered("excerpt", []byte(text)), sdk.Excerpt([]byte(text)))
	}
	var page []byte
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if assigned(r) {
			page = append(utf8.AppendRune(page, r), 'x')
		}
		if len(page) > 300 || r == unicode.MaxRune {
			same(t, all, answered("excerpt", page), sdk.Excerpt(page))
			page = page[:0]
		}
		if r == 0x3400 { // ideographs and what lies beyond are too many to ask for one by one; their borders are above and below
			r = 0x9f00
		}
		if r == 0x17000 {
			r = 0x1b000
		}
		if r == 0x20000 {
			r = 0xe0000
		}
	}
}

func assigned(r rune) bool {
	for name, table := range unicode.Categories {
		if len(name) == 2 && name != "Cn" && name != "LC" && unicode.Is(table, r) {
			return true
		}
	}
	return false
}
