package sdk

import (
	"bytes"
	"errors"
	"unicode/utf16"
	"unicode/utf8"
)

// Text is a string that providers also send as a number: an id of digits, a flag "1". Null and false stay empty, true is "true".
type Text string

// UnmarshalJSON takes a string, a number or a boolean.
func (t *Text) UnmarshalJSON(raw []byte) error {
	d := decoder{scanner{text: raw}}
	switch {
	case len(raw) > 0 && raw[0] == '"':
		if err := d.str(); err != nil {
			return err
		}
		*t = Text(unquote(raw[:d.at]))
	case len(raw) > 0 && (raw[0] == '-' || isDigit(raw[0])), string(raw) == "true":
		*t = Text(raw)
	case string(raw) == "null", string(raw) == "false":
		*t = ""
	default:
		return errors.New("found " + Excerpt(raw) + ", want a string or a number")
	}
	return nil
}

// unquote gives the text of a JSON string that the scanner has accepted. What is not UTF-8, and half a surrogate pair, becomes U+FFFD.
func unquote(quoted []byte) string {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 && isASCII(inner) {
		return string(inner)
	}
	text := make([]byte, 0, len(inner))
	for i := 0; i < len(inner); {
		switch c := inner[i]; {
		case c == '\\':
			r, size := unescape(inner[i:])
			text = utf8.AppendRune(text, r)
			i += size
		case c < utf8.RuneSelf:
			text = append(text, c)
			i++
		default:
			r, size := utf8.DecodeRune(inner[i:])
			text = utf8.AppendRune(text, r)
			i += size
		}
	}
	return string(text)
}

// unescape reads an escape, and the one behind it if both are halves of one character.
func unescape(text []byte) (r rune, size int) {
	switch text[1] {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hexRune(text[2:6])
		if !utf16.IsSurrogate(r) {
			return r, 6
		}
		if len(text) >= 12 && text[6] == '\\' && text[7] == 'u' {
			if whole := utf16.DecodeRune(r, hexRune(text[8:12])); whole != utf8.RuneError {
				return whole, 12
			}
		}
		return utf8.RuneError, 6
	}
	return rune(text[1]), 2
}

func hexRune(digits []byte) (r rune) {
	for _, c := range digits {
		switch {
		case isDigit(c):
			c -= '0'
		case c >= 'a':
			c -= 'a' - 10
		default:
			c -= 'A' - 10
		}
		r = r<<4 | rune(c)
	}
	return r
}

// nameIn is unquote for what need not be kept: part of the text where nothing is escaped.
func nameIn(quoted []byte) []byte {
	inner := quoted[1 : len(quoted)-1]
	for _, c := range inner {
		if c == '\\' || c >= utf8.RuneSelf {
			return []byte(unquote(quoted))
		}
	}
	return inner
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
