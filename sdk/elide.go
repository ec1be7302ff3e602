package sdk

import (
	"strconv"
	"strings"
)

// Manifest.Body.
const (
	BodyWhole   = ""        // the adapter gets a provider's answer as it came
	BodyOutline = "outline" // long arrays in it lose their middle (Elide)
)

// Elided is an array that is shorter in an outline than in the body.
type Elided struct {
	At  string `json:"at"`  // JSON Pointer (RFC 6901) in the outline
	Len int    `json:"len"` // elements in the body
}

const (
	keptElements = 8    // an array of more is shortened,
	keptTexts    = 256  // or of more than these, if they are strings: names of columns, warnings
	leftElements = 2    // to its first ones, and its last one
	elideDepth   = 16   // arrays further down stay whole: the last element is read once more at each level
	maxElided    = 1000 // arrays of one body; one with more is left whole
)

// Elide gives the outline of a body: of each array with more than 8 elements only the first two and the last one stay, so that what an adapter
// has to read does not grow with the number of records. An array of strings stays whole up to 256: the columns of a table, or warnings. elided tells which arrays, and how long they are. A body that is no JSON, or has no
// such array, is returned itself. Records.Select and Records.Table point into the body, not into its outline.
func Elide(body []byte) (outline []byte, elided []Elided) {
	e := elider{scanner: scanner{text: body}}
	if err := e.copyValue(1); err != nil || len(e.elided) == 0 || len(e.elided) > maxElided {
		return body, nil
	}
	if e.space(); e.at < len(body) {
		return body, nil
	}
	return e.out, e.elided
}

// elider copies a document without the middle of long arrays.
type elider struct {
	scanner
	out    []byte
	elided []Elided
	path   []token // of the value at hand
}

// token is a step into a document: a member's name, quoted, or an element's number.
type token struct {
	name  []byte
	index int
}

func (e *elider) copyValue(depth int) error {
	c := e.peek()
	switch {
	case c == '[' && depth <= elideDepth:
		return e.copyArray(depth)
	case c == '{' && depth <= elideDepth:
		return e.copyObject(depth)
	}
	start := e.at
	_, err := e.value(depth)
	e.out = append(e.out, e.text[start:e.at]...)
	return err
}

func (e *elider) copyObject(depth int) error {
	from := e.at
	err := e.object(func(name []byte) error {
		e.space()
		e.out = append(e.out, e.text[from:e.at]...)
		err := e.copyAt(token{name: name}, depth+1)
		from = e.at
		return err
	})
	e.out = append(e.out, e.text[from:e.at]...)
	return err
}

func (e *elider) copyAt(t token, depth int) error {
	e.path = append(e.path, t)
	err := e.copyValue(depth)
	e.path = e.path[:len(e.path)-1]
	return err
}

// copyArray copies the first elements, and takes back what is too much when there are more.
func (e *elider) copyArray(depth int) error {
	e.at++ // [
	e.out = append(e.out, '[')
	var bytes, arrays, last, n int
	texts := true // and nothing else so far
	for ; e.peek() != ']'; n++ {
		if n > 0 {
			if err := e.take(',', "',' or ']'"); err != nil {
				return err
			}
			e.out = append(e.out, ',')
		}
		if n == leftElements {
			bytes, arrays = len(e.out), len(e.elided)
		}
		e.space()
		last, texts = e.at, texts && e.peek() == '"'
		var err error
		if n < keptElements || texts && n < keptTexts {
			err = e.copyAt(token{index: n}, depth+1)
		} else {
			_, err = e.value(depth + 1)
		}
		if err != nil {
			return err
		}
	}
	end := e.at
	if n > keptElements && !(texts && n <= keptTexts) {
		e.at, e.out, e.elided = last, e.out[:bytes], e.elided[:arrays]
		if err := e.copyAt(token{index: leftElements}, depth+1); err != nil {
			return err
		}
		e.elided = append(e.elided, Elided{e.pointer(), n})
	}
	e.at = end + 1
	e.out = append(e.out, ']')
	return nil
}

// pointer is where the value at hand is, as a JSON Pointer.
func (e *elider) pointer() string {
	var b strings.Builder
	for _, t := range e.path {
		b.WriteByte('/')
		if t.name == nil {
			b.WriteString(strconv.Itoa(t.index))
		} else {
			b.WriteString(escapePointer(unquote(t.name)))
		}
	}
	return b.String()
}

// escapePointer writes a name as a part of a JSON Pointer. No strings.Replacer: it makes its tables when it is first used, in every call anew.
func escapePointer(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}
