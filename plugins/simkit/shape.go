package simkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Shape describes JSON without its values: types, and the members of objects in their order. The shapes of
// an array's items are listed once each, in the order of their first appearance. Two documents of one shape
// look the same to an adapter: `{"a":[1,2],"b":null}` is `{a:[number],b:null}`.
func Shape(doc []byte) (string, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	s, err := shapeOf(d)
	if err != nil {
		return "", fmt.Errorf("shape of JSON: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return "", fmt.Errorf("shape of JSON: text after the value")
	}
	return s, nil
}

func shapeOf(d *json.Decoder) (string, error) {
	t, err := d.Token()
	if err != nil {
		return "", err
	}
	switch v := t.(type) {
	case json.Delim:
		if v == '{' {
			return objectShape(d)
		}
		return arrayShape(d)
	case string:
		return "string", nil
	case bool:
		return "bool", nil
	case nil:
		return "null", nil
	default:
		return "number", nil
	}
}

func objectShape(d *json.Decoder) (string, error) {
	var members []string
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return "", err
		}
		value, err := shapeOf(d)
		if err != nil {
			return "", err
		}
		members = append(members, fmt.Sprint(key, ":", value))
	}
	_, err := d.Token()
	return "{" + strings.Join(members, ",") + "}", err
}

func arrayShape(d *json.Decoder) (string, error) {
	seen := map[string]bool{}
	var shapes []string
	for d.More() {
		item, err := shapeOf(d)
		if err != nil {
			return "", err
		}
		if !seen[item] {
			seen[item] = true
			shapes = append(shapes, item)
		}
	}
	_, err := d.Token()
	return "[" + strings.Join(shapes, "|") + "]", err
}
