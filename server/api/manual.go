package api

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// manual is the API's description in the order in which people read it.
type manual struct {
	Title, Summary, Description, Authorization string
	Chapters                                   []chapter
	Shapes                                     []shape
}

// chapter is the operations of one tag.
type chapter struct {
	Name, Description string
	Operations        []operation
}

type operation struct {
	ID, Method, Path, Summary, Description string
	Open                                   bool // no credentials are needed
	Parameters                             []parameter
	Body                                   *content
	Answers                                []respond
}

type parameter struct {
	Name, In, Description, Type string
	Required                    bool
}

type respond struct {
	Status, Description string
	Content             *content
}

// content is a body: what it is made of, and an example.
type content struct{ Kind, Type, Shape, Example string }

// shape is a named schema.
type shape struct {
	Name, Description, Type, Example string
	Fields                           []field
}

type field struct {
	Name, Type, Shape, Description string
	Required                       bool
}

// reader follows references within a description.
type reader struct{ root node }

func readManual(text []byte) (*manual, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, fmt.Errorf("there are %d documents", len(doc.Content))
	}
	r := reader{node{doc.Content[0]}}
	info := r.root.get("info")
	m := &manual{
		Title: info.get("title").text(), Summary: info.get("summary").text(), Description: info.get("description").text(),
		Authorization: r.root.get("components", "securitySchemes", "authorization", "description").text(),
	}
	byTag := map[string][]operation{}
	r.root.get("paths").each(func(path string, item node) {
		item.each(func(method string, op node) {
			if method != "parameters" {
				tag := op.get("tags").item(0).text()
				byTag[tag] = append(byTag[tag], r.operation(method, path, item, op))
			}
		})
	})
	r.root.get("tags").items(func(tag node) {
		name := tag.get("name").text()
		m.Chapters = append(m.Chapters, chapter{name, tag.get("description").text(), byTag[name]})
	})
	r.root.get("components", "schemas").each(func(name string, n node) { m.Shapes = append(m.Shapes, r.shape(name, n)) })
	slices.SortFunc(m.Shapes, func(a, b shape) int { return cmp.Compare(a.Name, b.Name) })
	return m, nil
}

func (r reader) operation(method, path string, item, op node) operation {
	security := op.get("security")
	o := operation{
		ID: op.get("operationId").text(), Method: strings.ToUpper(method), Path: path, Summary: op.get("summary").text(),
		Description: op.get("description").text(), Open: security.Node != nil && len(security.Content) == 0,
	}
	for _, list := range []node{item.get("parameters"), op.get("parameters")} {
		list.items(func(p node) { o.Parameters = append(o.Parameters, r.parameter(p)) })
	}
	if body := r.follow(op.get("requestBody")); body.Node != nil {
		o.Body = r.content(body)
	}
	op.get("responses").each(func(status string, n node) {
		n = r.follow(n)
		o.Answers = append(o.Answers, respond{status, n.get("description").text(), r.content(n)})
	})
	return o
}

func (r reader) parameter(p node) parameter {
	p = r.follow(p)
	kind, _ := r.kind(p.get("schema"))
	return parameter{p.get("name").text(), p.get("in").text(), p.get("description").text(), kind, p.get("required").text() == "true"}
}

// content shows the first media type of a body; the others are the same in another dress.
func (r reader) content(body node) *content {
	var c *content
	body.get("content").each(func(kind string, media node) {
		if c != nil {
			return
		}
		c = &content{Kind: kind}
		c.Type, c.Shape = r.kind(media.get("schema"))
		example := media.get("example")
		if examples := media.get("examples"); example.Node == nil && examples.Node != nil && len(examples.Content) > 1 {
			example = node{examples.Content[1]}.get("value")
		}
		c.Example = example.json()
	})
	return c
}

func (r reader) shape(name string, n node) shape {
	kind, _ := r.kind(n)
	s := shape{Name: name, Description: n.get("description").text(), Type: kind, Example: n.get("example").json()}
	required := n.get("required").texts()
	fields := func(of node) {
		of.get("properties").each(func(name string, f node) {
			kind, ref := r.kind(f)
			s.Fields = append(s.Fields, field{name, kind, ref, r.follow(f).get("description").text(), slices.Contains(required, name)})
		})
	}
	n.get("allOf").items(func(part node) {
		part = r.follow(part)
		required = append(required, part.get("required").texts()...)
		fields(part)
	})
	fields(n)
	return s
}

// kind says in a few words what a schema allows, and names the shape that it refers to.
func (r reader) kind(schema node) (words, shape string) {
	if schema.Node == nil {
		return "any", ""
	}
	if ref := schema.get("$ref").text(); ref != "" {
		return "", ref[strings.LastIndexByte(ref, '/')+1:]
	}
	if values := schema.get("enum").texts(); len(values) > 0 {
		return strings.Join(values, " | "), ""
	}
	if fixed := schema.get("const"); fixed.Node != nil {
		return fixed.text(), ""
	}
	if choices := schema.get("oneOf"); choices.Node != nil {
		var all []string
		choices.items(func(n node) {
			w, s := r.kind(n)
			all, shape = append(all, cmp.Or(w, s)), cmp.Or(s, shape)
		})
		return strings.Join(all, " or "), shape
	}
	words = strings.Join(schema.get("type").texts(), " or ")
	if format := schema.get("format").text(); format != "" {
		words += " (" + format + ")"
	}
	if items := schema.get("items"); items.Node != nil {
		inner, ref := r.kind(items)
		if ref != "" {
			return "list of", ref
		}
		return "list of " + inner, ""
	}
	return cmp.Or(words, "object"), ""
}

func (r reader) follow(n node) node {
	ref := n.get("$ref").text()
	if ref == "" {
		return n
	}
	return r.root.get(strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
}
