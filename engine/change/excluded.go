package change

// excluded is a tree of field names that do not count as content. nil excludes nothing.
type excluded struct {
	whole bool // this field and all in it
	below map[string]*excluded
}

// exclude makes the tree; nil if nothing is excluded.
func exclude(paths []Path) *excluded {
	if len(paths) == 0 {
		return nil
	}
	root := &excluded{}
	for _, p := range paths {
		root.add(p.parts)
		root.add([]string{p.text}) // a field whose whole name is the path's text, as in Path.Find
	}
	return root
}

func (e *excluded) add(names []string) {
	for _, name := range names {
		if e.below == nil {
			e.below = map[string]*excluded{}
		}
		if e.below[name] == nil {
			e.below[name] = &excluded{}
		}
		e = e.below[name]
	}
	e.whole = true
}

// of is what is excluded below a field.
func (e *excluded) of(name string) *excluded {
	if e == nil {
		return nil
	}
	return e.below[name]
}
