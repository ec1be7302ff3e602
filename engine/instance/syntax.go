package instance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// syntaxError says where a text stops being JSON, and what was expected there. It is nil for valid JSON, else a *SyntaxError.
func syntaxError(text []byte) error {
	if len(bytes.TrimSpace(text)) == 0 {
		return &SyntaxError{Line: 1, Column: 1, Message: "there is nothing; expected a JSON object"}
	}
	if n := invalidUTF8(text); n >= 0 {
		return syntaxAt(text, n, "the byte %#x is not UTF-8 text; save the text as UTF-8", text[n])
	}
	var v json.RawMessage
	err := json.Unmarshal(text, &v)
	if err == nil {
		return nil
	}
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return syntaxAt(text, 0, "%v", err)
	}
	// Offset counts the bytes read, the offending one included; at the end of the input there is none.
	offset := min(max(int(syntax.Offset)-1, 0), len(text))
	if strings.Contains(syntax.Error(), "unexpected end") {
		offset = len(text)
	}
	return syntaxAt(text, offset, "%s", expectation(syntax.Error(), text, offset))
}

func syntaxAt(text []byte, offset int, format string, args ...any) error {
	before := text[:offset]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return &SyntaxError{Line: line, Column: column, Message: fmt.Sprintf(format, args...)}
}

func invalidUTF8(text []byte) int {
	for n := 0; n < len(text); {
		r, size := utf8.DecodeRune(text[n:])
		if r == utf8.RuneError && size == 1 {
			return n
		}
		n += size
	}
	return -1
}

// expectations maps what encoding/json says to what a person needs to know. The first that fits is taken; next, if set, must be what was
// found.
var expectations = []struct{ in, next, out string }{
	{"in string literal", "\n\r", "a text must end with a quote \" on its own line: the closing quote is missing"},
	{"in string literal", "", "a control character in a text must be written as an escape, like \\t or \\u0001"},
	{"in string escape code", "", "expected \\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t or \\u and four hex digits after the backslash"},
	{"in \\u hexadecimal", "", "expected four hex digits after \\u"},
	{"looking for beginning of object key string", "}", "expected a key in double quotes: the comma before the brace is one too many"},
	{"looking for beginning of object key string", "", "expected a key in double quotes"},
	{"after object key:value pair", "", "expected a comma or } after the value"},
	{"after object key", "", "expected a colon after the key"},
	{"after array element", "", "expected a comma or ] after the element"},
	{"after top-level value", "", "nothing may follow the closing brace"},
	{"looking for beginning of value", "]", "expected a value: the comma before the bracket is one too many"},
	{"looking for beginning of value", "", "expected a value: a text in double quotes, a number, true, false, null, { or ["},
	{"in literal", "", "expected true, false or null"},
	{"in numeric literal", "", "expected a digit"},
	{"exceeded max depth", "", "there are too many braces and brackets inside each other"},
	{"unexpected end", "", "it ends too early: a closing quote, brace or bracket is missing"},
}

func expectation(message string, text []byte, offset int) string {
	found, shown := "", "the end"
	if offset < len(text) {
		r, _ := utf8.DecodeRune(text[offset:])
		found, shown = string(r), fmt.Sprintf("%q", r)
	}
	for _, e := range expectations {
		if strings.Contains(message, e.in) && (e.next == "" || found != "" && strings.Contains(e.next, found)) {
			return e.out + ", found " + shown
		}
	}
	return strings.TrimPrefix(message, "json: ") + ", found " + shown
}
