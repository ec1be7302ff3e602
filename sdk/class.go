package sdk

// What a byte is, looked up: in the sandbox each comparison counts.
const (
	inString = 1 << iota // in a string of JSON as it is
	inPath               // in a segment of a path as it is
)

var class = classes()

func classes() (all [256]uint8) {
	for c := ' '; c < 0x80; c++ {
		if c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			all[c] |= inString
		}
		if isLetter(byte(c)) || isDigit(byte(c)) {
			all[c] |= inPath
		}
	}
	// What RFC 3986 has not reserved, and of the rest what means nothing within a segment: net/url leaves the same.
	for _, c := range []byte("-_.~$&+:=@") {
		all[c] |= inPath
	}
	return all
}
