package instance

import "strings"

// legacyLine is a resource as the platform wrote it before event.poller.configuration:
// resource|url|xPathFilter|updatedDateField|updatedDateFormat|updatedDateTimezone|createdDateField|createdDateFormat|createdDateTimezone
type legacyLine [9]string

// legacyLines reads the lines of event.poller.urls that describe a resource; other lines name resources (see choice).
func (m *maker) legacyLines() (found []legacyLine) {
	text, path := m.config(KeyLegacyURLs), inConfiguration(KeyLegacyURLs)
	m.keep(KeyLegacyURLs, text, false)
	for _, line := range lines(text) {
		if !isLegacyLine(line) {
			continue
		}
		parts := strings.Split(line, "|")
		if len(parts) > len(legacyLine{}) {
			m.fault(path, "a line should have at most %d parts between |, has %d: %s", len(legacyLine{}), len(parts), quote(line))
			continue
		}
		var l legacyLine
		for i, part := range parts {
			l[i] = strings.TrimSpace(part)
		}
		if l[2] != "" {
			m.warn(at(path, l[0]), "the XPath filter is not read by this version; all records of the URL are looked at")
		}
		found = append(found, l)
	}
	return found
}

// isLegacyLine: the second part of a line that describes a resource is a URL, in a list of names it is a name.
func isLegacyLine(line string) bool {
	_, rest, _ := strings.Cut(line, "|")
	url, _, _ := strings.Cut(rest, "|")
	return strings.ContainsAny(url, "/?")
}

func lines(text string) (found []string) {
	for _, line := range strings.FieldsFunc(text, isLineBreak) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

func isLineBreak(r rune) bool { return r == '\n' || r == '\r' }

// legacy reads what the lines describe. Their form has no place for the id field.
func (m *maker) legacy(all []legacyLine, wanted choice) {
	path := inConfiguration(KeyLegacyURLs)
	entries := map[string]entry{}
	var names []string
	for _, l := range all {
		if _, twice := entries[l[0]]; twice {
			m.fault(at(path, l[0]), "is there more than once; give each line a name of its own")
		}
		names = append(names, l[0])
		entries[l[0]] = l.entry()
	}
	chosen := m.choose(wanted, names)
	for name := range entries {
		if !chosen[name] {
			delete(entries, name)
		}
	}
	m.show(path, entries)
}

func (l legacyLine) entry() entry {
	return entry{URL: l[1], Dates: dates(map[string]string{
		keyUpdatedField: l[3], keyUpdatedFormat: l[4], keyUpdatedTimezone: l[5],
		keyCreatedField: l[6], keyCreatedFormat: l[7], keyCreatedTimezone: l[8],
	})}
}
