package javadate

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// number reads a whole number as Java's NumberFormat does: an optional minus, digits of any script, an
// optional exponent; ∞ and NaN are numbers too. It gives the value as an int (huge ones wrap or
// saturate as in Java) and where the number ends.
func number(text string, at int) (value int32, end int, ok bool) {
	i := at
	negative := i < len(text) && text[i] == '-'
	if negative {
		i++
	}
	first := i
	n := int64(0)
	for ; i < len(text) && text[i] >= '0' && text[i] <= '9' && i-first < 18; i++ {
		n = n*10 + int64(text[i]-'0')
	}
	if i < len(text) && (text[i] >= utf8.RuneSelf || text[i] == 'E' || text[i] == 'N' || text[i] >= '0' && text[i] <= '9') {
		return oddNumber(text, at, negative)
	}
	if i == first {
		return 0, at, false
	}
	if negative {
		n = -n
	}
	return int32(n), i, true
}

// oddNumber reads the rare forms.
func oddNumber(text string, at int, negative bool) (int32, int, bool) {
	if strings.HasPrefix(text[at:], "NaN") {
		return 0, at + len("NaN"), true
	}
	i := at
	if negative {
		i++
	}
	if strings.HasPrefix(text[i:], "∞") {
		return saturate(math.Inf(1), negative), i + len("∞"), true
	}
	digits, i := digitRun(text, i)
	if digits == "" {
		return 0, at, false
	}
	exponent := 0
	if i < len(text) && text[i] == 'E' {
		exponent, i = exponentAt(text, i)
	}
	return shift(strings.TrimLeft(digits, "0"), exponent, negative), i, true
}

// digitRun gives the digits at a place as ASCII, and where they end.
func digitRun(text string, i int) (string, int) {
	var digits []byte
	for i < len(text) {
		r, size := utf8.DecodeRuneInString(text[i:])
		d := digit(r)
		if d < 0 {
			break
		}
		digits = append(digits, byte('0'+d))
		i += size
	}
	return string(digits), i
}

// exponentAt reads "E", an optional minus and digits; without digits nothing is consumed.
func exponentAt(text string, i int) (int, int) {
	start, sign := i+1, ""
	if start < len(text) && text[start] == '-' {
		start, sign = start+1, "-"
	}
	digits, end := digitRun(text, start)
	n, err := strconv.ParseInt(sign+digits, 10, 64)
	if err != nil {
		return 0, i
	}
	return int(int32(n)), end
}

// shift is digits times ten to the exponent, as an int.
func shift(digits string, exponent int, negative bool) int32 {
	places := len(digits) + exponent
	core := strings.TrimRight(digits, "0")
	if core == "" {
		return 0
	}
	if places >= len(core) && places <= 19 {
		whole := core + strings.Repeat("0", places-len(core))
		if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
			if negative {
				n = -n
			}
			return int32(n)
		}
	}
	v, _ := strconv.ParseFloat("0."+core+"e"+strconv.Itoa(places), 64)
	return saturate(v, negative)
}

func saturate(v float64, negative bool) int32 {
	if negative {
		v = -v
	}
	switch {
	case v >= math.MaxInt32:
		return math.MaxInt32
	case v <= math.MinInt32:
		return math.MinInt32
	}
	return int32(v)
}

// digit is the value of a decimal digit of the basic plane, or -1.
func digit(r rune) int {
	if r >= '0' && r <= '9' {
		return int(r - '0')
	}
	if r < utf8.RuneSelf || r > 0xffff {
		return -1
	}
	for _, block := range unicode.Nd.R16 {
		if r >= rune(block.Lo) && r <= rune(block.Hi) {
			return int(r-rune(block.Lo)) % 10
		}
	}
	return -1
}
