package instance

import (
	"errors"
	"strings"
	"testing"
)

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		body         string
		line, column int
		message      string
	}{
		{"", 1, 1, "there is nothing"},
		{" \n\t", 1, 1, "there is nothing"},
		{"{", 1, 2, "ends too early"},
		{"{\"a\": 1", 1, 8, "ends too early"},
		{"{\n\"a\": 1\n", 3, 1, "ends too early"},
		{"{\"a\" 1}", 1, 6, "expected a colon after the key, found '1'"},
		{"{\"a\": 1 \"b\": 2}", 1, 9, "expected a comma or } after the value"},
		{"{\"a\": 1,}", 1, 9, "the comma before the brace is one too many"},
		{"{\"a\": [1,]}", 1, 10, "the comma before the bracket is one too many"},
		{"{\"a\": [1 2]}", 1, 10, "expected a comma or ] after the element"},
		{"{'a': 1}", 1, 2, "expected a key in double quotes, found '\\''"},
		{"{“a”: 1}", 1, 2, "expected a key in double quotes, found '“'"},
		{"{\"äö\": x}", 1, 8, "expected a value"},
		{"{\"a\": True}", 1, 7, "expected a value"},
		{"{\"a\": tRue}", 1, 8, "expected true, false or null, found 'R'"},
		{"{\"a\": \"b\n}", 1, 9, "the closing quote is missing"},
		{"{\"a\": \"b\tc\"}", 1, 9, "must be written as an escape"},
		{"{\"a\": \"\\x\"}", 1, 9, "after the backslash, found 'x'"},
		{"{\"a\": \"\\u12z4\"}", 1, 12, "four hex digits"},
		{"{\"a\": -}", 1, 8, "expected a digit"},
		{"{\"a\": 1} {", 1, 10, "nothing may follow the closing brace"},
		{"{\r\n\"a\": 1,\r\n\"b\" 2}", 3, 5, "expected a colon"},
		{"{\"a\": \"\xff\"}", 1, 8, "0xff is not UTF-8"},
		{"{\"ä\": 1}\n{\"b\": \"\xe4\"}", 2, 8, "0xe4 is not UTF-8"},
		{"\uFEFF{\"a\" 1}", 1, 6, "expected a colon"},
		{strings.Repeat("[", 20_000), 1, 10_001, "too many braces and brackets inside each other"},
	}
	for _, tt := range tests {
		_, err := Parse([]byte(tt.body))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != tt.line || syntax.Column != tt.column || !strings.Contains(syntax.Message, tt.message) {
			t.Errorf("%.40q: error %v, want line %d, column %d: %s", tt.body, err, tt.line, tt.column, tt.message)
		}
	}
}

func TestByteOrderMarkIsDropped(t *testing.T) {
	t.Parallel()
	mustMake(t, "\uFEFF"+icontactBody(""), icontact())
}

func TestConfigurationInATextSaysWhereItBreaks(t *testing.T) {
	t.Parallel()
	body := icontactBody(`"event.poller.configuration":"{\n \"contacts\" {}}"`)
	expect(t, "fault", invalid(t, body, icontact()).Problems, Problem{poller, "is a text that should hold JSON: line 2, column 13: expected a colon"})
	body = icontactBody(`"event.poller.configuration":"[1]"`)
	expect(t, "fault", invalid(t, body, icontact()).Problems, Problem{poller, "should be an object in braces, is a list"})
	body = icontactBody(`"event.poller.configuration":"{\"a\":{\"url\":\"/contacts\"},\"a\":{\"url\":\"/messages\"}}"`)
	expect(t, "fault", invalid(t, body, icontact()).Problems, Problem{poller + ".a", "more than once"})
}
