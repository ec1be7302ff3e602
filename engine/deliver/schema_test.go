package deliver

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"regexp"
	"slices"
	"testing"
)

//go:embed schema/*.json
var schemas embed.FS

func schemaOf(t *testing.T, name string) map[string]any {
	t.Helper()
	text, err := schemas.ReadFile("schema/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var s map[string]any
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// conform holds a value against the part of JSON Schema that our schemas use; a keyword it does not know is a fault.
func conform(schema map[string]any, value any, path string) (faults []string) {
	fault := func(format string, args ...any) {
		faults = append(faults, path+": "+fmt.Sprintf(format, args...))
	}
	object, _ := value.(map[string]any)
	array, _ := value.([]any)
	text, _ := value.(string)
	for keyword, rule := range schema {
		switch keyword {
		case "$schema", "title", "description", "properties":
		case "type":
			if got := typeOf(value); got != rule {
				fault("is of type %s, not %s", got, rule)
			}
		case "const":
			if !reflect.DeepEqual(value, rule) {
				fault("is %v, not %v", value, rule)
			}
		case "enum":
			if !slices.ContainsFunc(rule.([]any), func(one any) bool { return reflect.DeepEqual(one, value) }) {
				fault("is %v, none of %v", value, rule)
			}
		case "pattern":
			if !regexp.MustCompile(rule.(string)).MatchString(text) {
				fault("%q does not match %s", text, rule)
			}
		case "minLength":
			if len(text) < int(rule.(float64)) {
				fault("is too short")
			}
		case "required":
			for _, name := range rule.([]any) {
				if _, there := object[name.(string)]; !there {
					fault("%s is missing", name)
				}
			}
		case "minItems":
			if len(array) < int(rule.(float64)) {
				fault("has %d items", len(array))
			}
		case "maxItems":
			if len(array) > int(rule.(float64)) {
				fault("has %d items", len(array))
			}
		case "items":
			for i, item := range array {
				faults = append(faults, conform(rule.(map[string]any), item, fmt.Sprint(path, "/", i))...)
			}
		case "additionalProperties":
		default:
			fault("the schema has an unknown keyword %s", keyword)
		}
	}
	properties, _ := schema["properties"].(map[string]any)
	for name, member := range object {
		rule, known := properties[name].(map[string]any)
		if !known {
			rule, known = schema["additionalProperties"].(map[string]any)
		}
		switch {
		case known:
			faults = append(faults, conform(rule, member, path+"/"+name)...)
		case schema["additionalProperties"] == false:
			fault("%s is not in the schema", name)
		}
	}
	return faults
}

func typeOf(value any) string {
	switch v := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if v == math.Trunc(v) {
			return "integer"
		}
		return "number"
	}
	return "null"
}

func faultsOf(t *testing.T, schema string, body []byte) []string {
	t.Helper()
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		t.Fatalf("not JSON: %v\n%s", err, body)
	}
	return conform(schemaOf(t, schema), value, "")
}

func TestBodiesConformToTheirSchemas(t *testing.T) {
	t.Parallel()
	for _, c := range formatted() {
		for _, row := range c.rows(t) {
			if faults := faultsOf(t, c.schema, row.Payload); faults != nil {
				t.Errorf("%s: %v\n%s", c.schema, faults, row.Payload)
			}
			for _, other := range formatted() {
				if other.schema != c.schema && faultsOf(t, other.schema, row.Payload) == nil {
					t.Errorf("a body of %s is one of %s, too", c.schema, other.schema)
				}
			}
		}
	}
}

// A schema must refuse a body that lacks a member, or a member of a member: this is what keeps the test above from passing for nothing.
func TestSchemasRefuse(t *testing.T) {
	t.Parallel()
	for _, c := range formatted() {
		var value any
		if err := json.Unmarshal(c.rows(t)[0].Payload, &value); err != nil {
			t.Fatal(err)
		}
		optional := []string{"subject", "data", "datacontenttype", "record", "pollDate", "objectType", "contacts", "contactId", "n", "html"}
		each(value, func(parent map[string]any, name string) {
			member := parent[name]
			delete(parent, name)
			if conform(schemaOf(t, c.schema), value, "") == nil && !slices.Contains(optional, name) {
				t.Errorf("%s: a body without %s conforms", c.schema, name)
			}
			parent[name] = member
		})
	}
}

func each(value any, visit func(parent map[string]any, name string)) {
	switch v := value.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		for _, name := range names {
			each(v[name], visit)
			visit(v, name)
		}
	case []any:
		for _, item := range v {
			each(item, visit)
		}
	}
}
