package api

import (
	"bytes"
	"encoding/json"
	"strings"

	"go.yaml.in/yaml/v3"
)

// node is a value of the description; maps keep their order.
type node struct{ *yaml.Node }

// plain follows an alias.
func (n node) plain() node {
	if n.Node != nil && n.Kind == yaml.AliasNode {
		return node{n.Alias}
	}
	return n
}

func (n node) get(keys ...string) node {
	for _, key := range keys {
		found := node{}
		n.each(func(name string, value node) {
			if name == key {
				found = value
			}
		})
		n = found
	}
	return n
}

func (n node) each(do func(key string, value node)) {
	if n = n.plain(); n.Node == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		do(n.Content[i].Value, node{n.Content[i+1]}.plain())
	}
}

func (n node) items(do func(node)) {
	if n = n.plain(); n.Node == nil || n.Kind != yaml.SequenceNode {
		return
	}
	for _, item := range n.Content {
		do(node{item}.plain())
	}
}

func (n node) item(i int) (found node) {
	n.items(func(item node) {
		if i == 0 {
			found = item
		}
		i--
	})
	return found
}

func (n node) text() string {
	if n = n.plain(); n.Node == nil || n.Kind != yaml.ScalarNode {
		return ""
	}
	return n.Value
}

// texts are a list's texts, or the one of a scalar.
func (n node) texts() (list []string) {
	if one := n.text(); one != "" {
		return []string{one}
	}
	n.items(func(item node) { list = append(list, item.text()) })
	return list
}

// json shows a value as an example.
func (n node) json() string {
	if n.Node == nil {
		return ""
	}
	var value any
	if err := n.Decode(&value); err != nil {
		return ""
	}
	if text, ok := value.(string); ok {
		return text
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(value); err != nil {
		return ""
	}
	return strings.TrimSpace(out.String())
}
