package credential

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
)

// ShortestEcho is how long a secret must be, in bytes, for its echoes to be erased: shorter ones are found in ordinary data, too.
const ShortestEcho = 8

// Eraser finds secrets in what a provider answers: some repeat what they were sent, in a message or a page for debugging, and some mean to.
// It finds them plain, as parts of base64 (both alphabets, at any offset), and as URLs, JSON and HTML write them. It cannot find them in any
// other disguise. An Eraser is safe for concurrent use.
type Eraser struct {
	needles []needle
	window  int // length of the shortest needle
}

// needle is one form of a secret.
type needle struct {
	text          []byte
	before, after int // characters beside it that hold bits of the secret, if they are of base64
}

// NewEraser makes one for secrets. Those that are too short are left out.
func NewEraser(secrets []Secret) *Eraser {
	e := &Eraser{}
	for _, s := range secrets {
		if plain := s.Reveal(); len(plain) >= ShortestEcho {
			e.add(plain)
		}
	}
	for _, n := range e.needles {
		if e.window == 0 || len(n.text) < e.window {
			e.window = len(n.text)
		}
	}
	e.window = min(e.window, 64)
	return e
}

func (e *Eraser) add(plain string) {
	for _, form := range written(plain) {
		e.addNeedle(needle{text: []byte(form)})
	}
	for offset := range 3 {
		for _, n := range inBase64(plain, offset) {
			e.addNeedle(n)
		}
	}
}

func (e *Eraser) addNeedle(n needle) {
	known := func(old needle) bool {
		return string(old.text) == string(n.text) && old.before >= n.before && old.after >= n.after
	}
	if !slices.ContainsFunc(e.needles, known) {
		e.needles = append(e.needles, n)
	}
}

// written are the forms of a text in URLs, JSON and HTML. The text itself is the first.
func written(plain string) []string {
	query, path := url.QueryEscape(plain), url.PathEscape(plain)
	quoted, _ := json.Marshal(plain) // of a string, it never fails
	inJSON := strings.Trim(string(quoted), `"`)
	var bare bytes.Buffer
	encoder := json.NewEncoder(&bare)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(plain)
	light := strings.Trim(strings.TrimSpace(bare.String()), `"`)
	return []string{
		plain, query, path, strings.ReplaceAll(query, "+", "%20"), lowerHex(query), lowerHex(path), lowerHex(strings.ReplaceAll(query, "+", "%20")),
		inJSON, light, strings.ReplaceAll(light, "/", `\/`), html.EscapeString(plain),
	}
}

// lowerHex writes %2F as %2f.
func lowerHex(escaped string) string {
	b := []byte(escaped)
	for i := 0; i+2 < len(b); i++ {
		if b[i] == '%' {
			copy(b[i:], bytes.ToLower(b[i:i+3]))
			i += 2
		}
	}
	return string(b)
}

// inBase64 is what is always there of a text that is encoded behind offset other bytes, whatever these are, and whatever follows.
func inBase64(plain string, offset int) (list []needle) {
	whole := append(make([]byte, offset), plain...)
	from, to := (offset*8+5)/6, len(whole)*8/6 // the first and the last character that are the text's alone
	n := needle{}
	if offset > 0 {
		n.before = 1
	}
	if len(whole)%3 > 0 {
		n.after = 1
	}
	for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		n.text = []byte(alphabet.EncodeToString(whole)[from:to])
		list = append(list, n)
	}
	return list
}

// longText is from where on a table pays.
const longText = 8 << 10

// Erase overwrites the secrets in a text with asterisks: what follows stays where it was. It returns how many it found.
func (e *Eraser) Erase(text []byte) (found int) {
	if e == nil || len(e.needles) == 0 || len(text) < e.window {
		return 0
	}
	// All are found before any is overwritten: one secret may be a part of another.
	var spans [][2]int
	note := func(at int, n needle) { spans = append(spans, n.span(text, at)) }
	if len(text) < longText {
		e.each(text, note)
	} else {
		e.scan(text, note)
	}
	for _, s := range spans {
		for i := s[0]; i < s[1]; i++ {
			text[i] = '*'
		}
	}
	return len(spans)
}

// EraseText is Erase for a text that cannot be overwritten.
func (e *Eraser) EraseText(text string) string {
	b := []byte(text)
	if e.Erase(b) == 0 {
		return text
	}
	return string(b)
}

// each looks for one needle after the other.
func (e *Eraser) each(text []byte, note func(int, needle)) {
	for _, n := range e.needles {
		for from := 0; ; {
			at := bytes.Index(text[from:], n.text)
			if at < 0 {
				break
			}
			note(from+at, n)
			from += at + 1
		}
	}
}

// scan looks for all at once, through a window as long as the shortest needle: its last two bytes tell how far it may be moved without passing
// over the beginning of one (Wu and Manber, "A fast algorithm for multi-pattern searching", 1994). Most of the text is never looked at.
func (e *Eraser) scan(text []byte, note func(int, needle)) {
	pair := func(b []byte, i int) int { return int(b[i])<<8 | int(b[i+1]) }
	var skip [1 << 16]uint8
	for i := range skip {
		skip[i] = uint8(e.window - 1)
	}
	for _, n := range e.needles {
		for i := 0; i+2 <= e.window; i++ {
			at := pair(n.text, i)
			skip[at] = min(skip[at], uint8(e.window-2-i))
		}
	}
	for end := e.window; end <= len(text); {
		if by := skip[pair(text, end-2)]; by > 0 {
			end += int(by)
			continue
		}
		from := end - e.window
		for _, n := range e.needles {
			if bytes.HasPrefix(text[from:], n.text) {
				note(from, n)
			}
		}
		end++
	}
}

func (n needle) span(text []byte, at int) [2]int {
	from, to := at, at+len(n.text)
	if from >= n.before && ofBase64(text[from-n.before:from]) {
		from -= n.before
	}
	if to+n.after <= len(text) && ofBase64(text[to:to+n.after]) {
		to += n.after
	}
	return [2]int{from, to}
}

func ofBase64(b []byte) bool {
	for _, c := range b {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("+/-_", c) >= 0) {
			return false
		}
	}
	return true
}
