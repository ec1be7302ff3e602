package hub

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/change"
)

// Fields are those that an answer keeps of each record. The zero Fields keep all.
type Fields struct{ root *branch }

// branch is a part of the tree that dotted names make.
type branch struct {
	whole bool // all below it is wanted
	kids  map[string]*branch
}

// readFields reads "email, address.city, ['Modified Time']".
func readFields(text string, wrong *faults) (f Fields) {
	for name := range splitNames(text) {
		if strings.HasPrefix(name, "`") && strings.HasSuffix(name, "`") && len(name) > 2 {
			name = strings.ReplaceAll(name[1:len(name)-1], "``", "`")
		}
		path, err := readPath(name)
		switch {
		case name == "":
			wrong.add(wordFields, "has an empty name; it should look like email,address.city")
		case err != nil:
			wrong.add(wordFields, "%v", err)
		default:
			f.add(path)
		}
	}
	return f
}

func (f *Fields) add(path change.Path) {
	if f.root == nil {
		f.root = &branch{}
	}
	f.root.add(path.Parts())
	if parts := path.Parts(); len(parts) > 1 {
		f.root.add([]string{path.String()}) // a field may have a dot in its name
	}
}

// add puts a path into the tree. What is wanted whole stays whole: "a, a.b" is "a".
func (b *branch) add(parts []string) {
	for _, part := range parts {
		if b.whole {
			return
		}
		if b.kids == nil {
			b.kids = map[string]*branch{}
		}
		if b.kids[part] == nil {
			b.kids[part] = &branch{}
		}
		b = b.kids[part]
	}
	b.whole, b.kids = true, nil
}

// maxParts bounds the names of a path, and maxFields the fields of an order: each costs a look at every record.
const (
	maxParts  = 32
	maxFields = 16
)

// readPath reads a field's name as configurations write it.
func readPath(name string) (change.Path, error) {
	path, err := change.ParsePath(name)
	if err == nil && len(path.Parts()) > maxParts {
		return change.Path{}, fmt.Errorf("field path %q: more than %d names", clip(name), maxParts)
	}
	return path, err
}
