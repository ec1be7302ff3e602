package deliver

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"
)

// number is the envelope's own id: a numeric string on the platform. It is 53 bits of the hash of the notification id, so that a receiver
// that reads it into a double keeps every digit.
func number(id string) string {
	sum := sha256.Sum256([]byte(id))
	return strconv.FormatUint(binary.BigEndian.Uint64(sum[:8])>>11, 10)
}

func tags(list []string) string {
	b := []byte{'['}
	for i, tag := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, quote(tag)...)
	}
	return string(append(b, ']'))
}

func text(b []byte, parts ...string) []byte {
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// quote writes a JSON string. Characters of HTML stay as they are; bytes that are not UTF-8 become U+FFFD.
func quote(s string) string {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return quoteSlow(s)
		}
	}
	return `"` + s + `"`
}

func quoteSlow(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always encodes, and a Buffer takes it
	return string(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}
