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
	var b strings.Builder
	for _, s := range segments {
		b.WriteByte('/')
		if s == "." || s == ".." {
			b.WriteString(strings.ReplaceAll(s, ".", "%2E"))
			continue
		}
		for i := range len(s) {
			if c := s[i]; plainInPath(c) {
				b.WriteByte(c)
			} else {
				b.WriteByte('%')
				b.WriteByte("0123456789ABCDEF"[c>>4])
				b.WriteByte("0123456789ABCDEF"[c&0xf])
			}
		}
	}
	return b.String()
}

// plainInPath: what net/url leaves in a segment, too: what RFC 3986 has not reserved, and of the rest what means nothing within one.
func plainInPath(c byte) bool {
	return isLetter(c) || isDigit(c) || strings.IndexByte("-_.~$&+:=@", c) >= 0
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
