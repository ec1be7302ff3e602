package hub

import (
	"encoding/json"
	"strings"

	"github.com/tidwall/gjson"

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
		path, err := change.ParsePath(name)
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

// shape gives a record with the wanted fields only, and without those that are null if they are not wanted. The bytes of what is kept are the
// record's own.
func (f Fields) shape(record json.RawMessage, nulls bool) json.RawMessage {
	if f.root == nil && nulls {
		return record
	}
	v := gjson.ParseBytes(record)
	if !v.IsObject() {
		return record
	}
	return appendShaped(make([]byte, 0, len(record)), v, f.root, nulls)
}

// appendShaped appends a value; want is nil for all of it. Records are at most as deep as the host reads them.
func appendShaped(b []byte, v gjson.Result, want *branch, nulls bool) []byte {
	if want != nil && want.whole {
		want = nil
	}
	if v.Type != gjson.JSON || want == nil && nulls {
		return append(b, v.Raw...)
	}
	open, end := byte('{'), byte('}')
	if v.IsArray() {
		open, end = '[', ']'
	}
	b = append(b, open)
	first := true
	v.ForEach(func(key, value gjson.Result) bool {
		inner, keep := want, true
		if open == '{' {
			inner, keep = within(want, key.Str, value)
			keep = keep && (nulls || value.Type != gjson.Null)
		} else if want != nil {
			keep = value.Type == gjson.JSON
		}
		if !keep {
			return true
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		if open == '{' {
			b = append(append(b, key.Raw...), ':')
		}
		b = appendShaped(b, value, inner, nulls)
		return true
	})
	return append(b, end)
}

// within tells whether a member is wanted, and what of it.
func within(want *branch, name string, value gjson.Result) (*branch, bool) {
	if want == nil {
		return nil, true
	}
	kid, ok := want.kids[name]
	return kid, ok && (kid.whole || value.Type == gjson.JSON)
}
