package ceql

import (
	"strconv"
	"strings"
)

// number is a decimal number: 0.digits times ten to the power of exp. It is never made binary, so that ids of twenty digits stay apart.
type number struct {
	negative bool
	digits   string // without zeros at either end; "" is zero
	exp      int
}

// maxExponent bounds the digits of an exponent: a greater one is a number in name only.
const maxExponent = 9

// compareNumbers compares two texts that are numbers by the grammar of JSON; false if one is not.
func compareNumbers(a, b string) (int, bool) {
	x, ok := readNumber(a)
	if !ok {
		return 0, false
	}
	y, ok := readNumber(b)
	if !ok {
		return 0, false
	}
	if x.negative != y.negative {
		if x.negative {
			return -1, true
		}
		return 1, true
	}
	if x.negative {
		x, y = y, x
	}
	return x.magnitude(y), true
}

func (x number) magnitude(y number) int {
	switch {
	case x.digits == "" || y.digits == "":
		return len(x.digits) - len(y.digits)
	case x.exp != y.exp:
		return x.exp - y.exp
	}
	return strings.Compare(x.digits, y.digits)
}

// readNumber reads -12.5e+3. A text with leading zeros, such as a postal code, is no number.
func readNumber(text string) (number, bool) {
	var n number
	rest, negative := strings.CutPrefix(text, "-")
	mantissa, exponent := rest, ""
	if i := strings.IndexAny(rest, "eE"); i >= 0 {
		mantissa, exponent = rest[:i], rest[i+1:]
		sign := strings.TrimLeft(exponent, "+-")
		if len(exponent)-len(sign) > 1 || !allDigits(sign) || len(sign) > maxExponent {
			return n, false
		}
	}
	whole, fraction, dot := strings.Cut(mantissa, ".")
	if !allDigits(whole) || dot && !allDigits(fraction) || len(whole) > 1 && whole[0] == '0' {
		return n, false
	}
	if exponent != "" {
		n.exp, _ = strconv.Atoi(exponent) // at most nine digits
	}
	all := whole + fraction
	digits := strings.TrimLeft(all, "0")
	n.exp += len(whole) - (len(all) - len(digits))
	if n.digits = strings.TrimRight(digits, "0"); n.digits == "" {
		return number{}, true // no sign, no exponent
	}
	n.negative = negative
	return n, true
}

func allDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
