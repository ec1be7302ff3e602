package javadate

// Names of the locale en_US as JDK 17 has them (CLDR 39). Order matters for months and days only.
var (
	monthLong  = [12]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
	monthShort = [12]string{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}
	dayLong    = [7]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	dayShort   = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}
	eraLong    = [2]string{"Before Christ", "Anno Domini"}
	eraShort   = [2]string{"BC", "AD"}
	halfDay    = [2]string{"AM", "PM"}
)

// matchName finds the longest of the names that text has at a place, in any case. It gives the name's
// index and length; length 0 means none.
func matchName(text string, at int, lists ...[]string) (index int32, length int) {
	for _, names := range lists {
		for i, name := range names {
			if len(name) > length && hasPrefixFold(text[at:], name) {
				index, length = int32(i), len(name)
			}
		}
	}
	return index, length
}

// hasPrefixFold is strings.HasPrefix in any case of ASCII letters.
func hasPrefixFold(s, prefix string) bool {
	if len(s) < len(prefix) {
		return false
	}
	for i := 0; i < len(prefix); i++ {
		if lower(s[i]) != lower(prefix[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
