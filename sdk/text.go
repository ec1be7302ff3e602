package sdk

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// excerptLen is how many characters of a foreign text a message shows.
const excerptLen = 200

// Excerpt makes text of a provider fit for a message: one line, printable, at most 200 characters.
func Excerpt(text []byte) string {
	var b strings.Builder
	n, gap := 0, false
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			gap = n > 0
			continue
		}
		if n >= excerptLen {
			return b.String() + "..."
		}
		if gap {
			b.WriteByte(' ')
			n, gap = n+1, false
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// Path joins segments to the path of a Fetch, each percent-encoded: Path("a", id, "contacts") is "/a/910001/contacts". A segment from
// outside cannot leave its place: a slash becomes %2F, the segments "." and ".." become %2E and %2E%2E.
func Path(segments ...string) string {
	const digits = "0123456789ABCDEF"
	path := make([]byte, 0, 64)
	for _, s := range segments {
		path = append(path, '/')
		dots := s == "." || s == ".."
		for i := range len(s) {
			if c := s[i]; class[c]&inPath != 0 && !dots {
				path = append(path, c)
			} else {
				path = append(path, '%', digits[c>>4], digits[c&0xf])
			}
		}
	}
	return string(path)
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
