package change

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// Path names a field of a record: "contactId", "customer.id", or "['Modified Time']" for names with special characters. The zero Path
// names nothing.
type Path struct {
	text  string
	parts []string
}

// ParsePath reads the forms of spec: dotted names and bracketed, quoted names, which may be mixed ("a['b c'].d"). Blank text is the zero
// Path.
func ParsePath(text string) (Path, error) {
	rest := strings.TrimSpace(text)
	if rest == "" {
		return Path{}, nil
	}
	p := Path{text: rest}
	for rest != "" {
		part, tail, err := nextPart(rest)
		if err != nil {
			return Path{}, fmt.Errorf("field path %q: %w", text, err)
		}
		p.parts, rest = append(p.parts, part), tail
	}
	return p, nil
}

func nextPart(rest string) (part, tail string, err error) {
	if strings.HasPrefix(rest, "[") {
		return bracketPart(rest)
	}
	end := strings.IndexAny(rest, ".[")
	switch {
	case end < 0:
		return rest, "", nil
	case end == 0:
		return "", "", fmt.Errorf("an empty name before %q", rest)
	case rest[end] == '[':
		return rest[:end], rest[end:], nil
	case end == len(rest)-1:
		return "", "", fmt.Errorf("a name is missing after the last dot")
	}
	return rest[:end], rest[end+1:], nil
}

func bracketPart(rest string) (part, tail string, err error) {
	if len(rest) < 2 || (rest[1] != '\'' && rest[1] != '"') {
		return "", "", fmt.Errorf("%q should be a quoted name in brackets, like ['Modified Time']", rest)
	}
	closing := string(rest[1]) + "]"
	end := strings.Index(rest[2:], closing)
	if end < 1 {
		return "", "", fmt.Errorf("%q has no closing %s", rest, closing)
	}
	return rest[2 : 2+end], strings.TrimPrefix(rest[2+end+2:], "."), nil
}

// String is the path as it was written.
func (p Path) String() string { return p.text }

// Parts are the names of the path, from the outermost.
func (p Path) Parts() []string { return slices.Clone(p.parts) }

// IsZero reports whether the path names nothing.
func (p Path) IsZero() bool { return len(p.parts) == 0 }

// Find returns the value at the path in a valid JSON object. A field whose whole name is the path's text ("a.b" with a dot in it) wins.
// It avoids gjson's path syntax: a field name is data, not an expression.
func (p Path) Find(record gjson.Result) gjson.Result {
	if found := p.in(jsoncut.Value(strings.TrimSpace(record.Raw)).Members(nil)); found != "" {
		return gjson.Parse(string(found))
	}
	return gjson.Result{}
}

// in is Find among the members of a record.
func (p Path) in(record []jsoncut.Member) jsoncut.Value {
	if p.IsZero() {
		return ""
	}
	if len(p.parts) > 1 {
		if whole := named(record, p.text); whole != "" {
			return whole
		}
	}
	found := named(record, p.parts[0])
	for _, part := range p.parts[1:] {
		found = named(found.Members(nil), part)
	}
	return found
}

// named is the first value with a name.
func named(members []jsoncut.Member, name string) jsoncut.Value {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return ""
}
