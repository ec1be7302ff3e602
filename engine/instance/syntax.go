package instance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// syntaxError says where a body stops being JSON, and what was expected there. It is nil for valid JSON.
func syntaxError(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return &SyntaxError{Line: 1, Column: 1, Message: "the body is empty; expected a JSON object"}
	}
	if !utf8.Valid(body) {
		return &SyntaxError{Line: 1, Column: 1, Message: "the body is not UTF-8 text"}
	}
	var v json.RawMessage
	err := json.Unmarshal(body, &v)
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	// Offset counts the bytes read, the offending one included; at the end of the input there is none.
	offset := max(int(syntax.Offset)-1, 0)
	if strings.Contains(syntax.Error(), "unexpected end") {
		offset = len(body)
	}
	line := 1 + bytes.Count(body[:offset], []byte("\n"))
	column := 1 + utf8.RuneCount(body[bytes.LastIndexByte(body[:offset], '\n')+1:offset])
	return &SyntaxError{Line: line, Column: column, Message: expectation(syntax.Error(), body, offset)}
}

// expectations maps what encoding/json says to what a person needs to know. The first that fits is taken.
var expectations = []struct{ in, out string }{
	{"in string literal", "a text must end with a quote \" on its own line: the closing quote is missing"},
	{"in string escape code", "expected \\\", \\\\, \\/, \\b, \\f, \\n, \\r, \\t or \\u and four hex digits after the backslash"},
	{"looking for beginning of object key string", "expected a key in double quotes"},
	{"after object key:value pair", "expected a comma or } after the value"},
	{"after object key", "expected a colon after the key"},
	{"after array element", "expected a comma or ] after the element"},
	{"after top-level value", "nothing may follow the closing brace"},
	{"looking for beginning of value", "expected a value: a text in double quotes, a number, true, false, null, { or ["},
	{"unexpected end", "the body ends too early: a closing quote, brace or bracket is missing"},
}

func expectation(message string, body []byte, offset int) string {
	found := "the end"
	if offset < len(body) {
		r, _ := utf8.DecodeRune(body[offset:])
		found = fmt.Sprintf("%q", r)
	}
	for _, e := range expectations {
		if strings.Contains(message, e.in) {
			return e.out + ", found " + found
		}
	}
	return strings.TrimPrefix(message, "json: ") + ", found " + found
}
