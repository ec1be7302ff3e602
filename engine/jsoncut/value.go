package jsoncut

import (
	"math/bits"
	"strings"
	"unsafe"

	"github.com/tidwall/gjson"
)

// Value is a JSON value as it is written, without white space around it. "" is one that is not there.
type Value string

// Member is a field of an object.
type Member struct {
	Name  string // without escapes
	Value Value
}

// View is a document as a Value. It shares the bytes, which nobody may change as long as anything that was cut out of them is in use.
func View(document []byte) Value {
	return Value(strings.TrimSpace(unsafe.String(unsafe.SliceData(document), len(document))))
}

// Bytes is the value as bytes, which are the document's: nobody may change them. Nothing can be appended to them in place.
func (v Value) Bytes() []byte { return unsafe.Slice(unsafe.StringData(string(v)), len(v)) }

// IsObject and the like tell what the value is by how it begins.
func (v Value) IsObject() bool { return v != "" && v[0] == '{' }

// IsArray tells whether it is an array.
func (v Value) IsArray() bool { return v != "" && v[0] == '[' }

// IsText tells whether it is a string.
func (v Value) IsText() bool { return v != "" && v[0] == '"' }

// IsNumber tells whether it is a number.
func (v Value) IsNumber() bool { return v != "" && (v[0] == '-' || v[0] >= '0' && v[0] <= '9') }

// Text is what a string says, without quotes and escapes; a number as it is written; "" of anything else.
func (v Value) Text() string {
	switch {
	case v.IsText():
		if strings.IndexByte(string(v), '\\') >= 0 {
			return gjson.Parse(string(v)).Str
		}
		return strings.TrimSuffix(string(v[1:]), `"`)
	case v.IsNumber():
		return string(v)
	}
	return ""
}

// Members appends the fields of an object to a list, in the order in which they stand; none of what is no object.
func (v Value) Members(list []Member) []Member {
	if v.IsObject() {
		v.Each(func(name, item Value) bool {
			list = append(list, Member{name.Text(), item})
			return true
		})
	}
	return list
}

// Each tells the values of an object with their names, or those of an array without, in their order, until it is told false. Other values have
// none.
func (v Value) Each(tell func(name, item Value) bool) {
	if !v.IsObject() && !v.IsArray() {
		return
	}
	var name Value
	for i, named := 1, v.IsObject(); ; {
		if i = v.skip(i); i >= len(v) || v[i] == '}' || v[i] == ']' {
			return
		}
		if named {
			end := v.end(i)
			name, i = v[i:end], v.skip(end)
		}
		end := v.end(i)
		if !tell(name, v[i:end]) {
			return
		}
		i = end
	}
}

// Deeper tells whether arrays and objects are nested deeper than so many levels. It is right for any text, valid or not.
func (v Value) Deeper(than int) bool {
	if strings.Count(string(v), "{")+strings.Count(string(v), "[") <= than {
		return false // most texts: counting is a tenth of the walk
	}
	depth := 0
	for i := 0; i < len(v); i++ {
		switch v[i] {
		case '"':
			i = v.endOfText(i) - 1
		case '{', '[':
			if depth++; depth > than {
				return true
			}
		case '}', ']':
			depth--
		}
	}
	return false
}

// skip is where the next value begins, or the object or array ends.
func (v Value) skip(i int) int {
	for i < len(v) && (v[i] <= ' ' || v[i] == ',' || v[i] == ':') {
		i++
	}
	return i
}

// end is behind the value that begins at i.
func (v Value) end(i int) int {
	if i >= len(v) {
		return i
	}
	switch v[i] {
	case '"':
		return v.endOfText(i)
	case '{', '[':
		return v.endOfNested(i)
	}
	for i++; i < len(v); i++ {
		switch v[i] {
		case ',', '}', ']', ' ', '\n', '\r', '\t':
			return i
		}
	}
	return i
}

// endOfText looks for the next quote that is not escaped: before it is an even number of backslashes.
func (v Value) endOfText(i int) int {
	for i++; ; {
		if i = v.quote(i); i == len(v) {
			return i
		}
		i++
		escapes := 0
		for at := i - 2; v[at] == '\\'; at-- { // the quote at the text's beginning ends it
			escapes++
		}
		if escapes%2 == 0 {
			return i
		}
	}
}

const (
	ones   = 0x0101010101010101
	highs  = 0x80 * ones
	quotes = '"' * ones
)

// quote is where the next quote is, or the end. Most texts are short: their first bytes are looked at eight at a time, for which IndexByte takes
// longer.
func (v Value) quote(i int) int {
	for end := min(i+32, len(v)-7); i < end; i += 8 {
		s := v[i : i+8]
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		x ^= quotes // a quote is a zero byte now; the lowest such byte is told rightly
		if zero := (x - ones) &^ x & highs; zero != 0 {
			return i + bits.TrailingZeros64(zero)/8
		}
	}
	if n := strings.IndexByte(string(v[i:]), '"'); n >= 0 {
		return i + n
	}
	return len(v)
}

func (v Value) endOfNested(i int) int {
	for depth := 0; i < len(v); i++ {
		switch v[i] {
		case '"':
			i = v.endOfText(i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(v)
}
