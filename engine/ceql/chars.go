package ceql

import "strings"

const blanks = " \t\r\n"

func isBlank(c byte) bool { return strings.IndexByte(blanks, c) >= 0 }

// isNamePart tells whether a bare field name may contain c. Brackets, dots and dashes occur in
// published names (customer.id, list-id, ['x']); bytes of other scripts are letters.
func isNamePart(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c >= 0x80:
		return true
	}
	return strings.IndexByte("_.-:$@#/[]*", c) >= 0
}

// isBare tells whether an unquoted value may contain c.
func isBare(c byte) bool {
	return !isBlank(c) && c > ' ' && c != 0x7f && strings.IndexByte("()',\"`=<>!", c) < 0
}

func isKeyword(word string) bool {
	switch strings.ToUpper(word) {
	case "AND", "OR", "LIKE", "IN", "IS", "NOT", "NULL":
		return true
	}
	return false
}

// bareName tells whether a name is read back as itself without quotes.
func bareName(name string) bool {
	for i := 0; i < len(name); i++ {
		if !isNamePart(name[i]) {
			return false
		}
	}
	return name != "" && !isKeyword(name)
}
