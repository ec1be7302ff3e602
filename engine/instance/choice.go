package instance

import "strings"

// choice is what event.objects (a list with commas) and event.poller.urls (as a list of names, with | or line breaks) choose. An empty
// choice is all.
type choice struct{ picks []pick }

type pick struct{ path, name string }

func (c choice) empty() bool { return len(c.picks) == 0 }

func (c *choice) add(path string, names []string) {
	for _, name := range names {
		if name = strings.TrimSpace(name); name != "" {
			c.picks = append(c.picks, pick{path, name})
		}
	}
}

func (m *maker) choice() (c choice) {
	objects := m.config(KeyObjects)
	m.keep(KeyObjects, objects, false)
	c.add(inConfiguration(KeyObjects), strings.FieldsFunc(objects, func(r rune) bool { return r == ',' || isLineBreak(r) }))
	for _, line := range lines(m.config(KeyLegacyURLs)) {
		if !isLegacyLine(line) {
			c.add(inConfiguration(KeyLegacyURLs), strings.Split(line, "|"))
		}
	}
	return c
}

// choose tells which of the names are chosen. Case does not matter where it decides nothing.
func (m *maker) choose(wanted choice, names []string) map[string]bool {
	chosen := map[string]bool{}
	if wanted.empty() {
		for _, name := range names {
			chosen[name] = true
		}
	}
	for _, p := range wanted.picks {
		if name := find(names, p.name); name != "" {
			chosen[name] = true
		} else {
			m.fault(p.path, "%s is not a resource that can be chosen here; there are: %s", quote(p.name), some(names))
		}
	}
	return chosen
}

// find takes the name as spelled, else in any case.
func find(names []string, wanted string) (found string) {
	for _, name := range names {
		if name == wanted {
			return name
		}
		if strings.EqualFold(name, wanted) {
			found = name
		}
	}
	return found
}
