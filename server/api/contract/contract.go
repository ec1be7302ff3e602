// Package contract holds answers of the REST API against its OpenAPI description. It is for tests: whatever a test gets from the API goes
// through Check, so that a field, a status or a route that the description does not know fails it.
//
// It must never be part of the program, and never explain a fault away: what it cannot judge is an error.
//
// The tests of server/api and server/command call it.
package contract

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// base is the address of the description while it is read; nothing is fetched.
const base = "https://pollwright.invalid/openapi.json"

// Contract is a description, ready to hold answers against it. It is safe for concurrent use.
type Contract struct {
	doc      map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex
	schemas  map[string]*jsonschema.Schema // by location
}

// Load reads a description in YAML, and compiles each of its schemas.
func Load(text []byte) (*Contract, error) {
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	plain, err := json.Marshal(tree) // numbers and keys as JSON has them
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(plain))
	if err != nil {
		return nil, err
	}
	root, ok := doc.(map[string]any)
	if !ok {
		return nil, errors.New("the description is no object")
	}
	c := &Contract{doc: root, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.DefaultDraft(jsonschema.Draft2020)
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(base, doc); err != nil {
		return nil, err
	}
	return c, c.compileAll("", root)
}

// compileAll finds the schemas wherever they stand, so that one that is wrong fails at once and not only when an answer meets it.
func (c *Contract) compileAll(at string, node any) error {
	switch n := node.(type) {
	case map[string]any:
		for key, value := range n {
			path := at + "/" + escape(key)
			if _, isMap := value.(map[string]any); isMap && (key == "schema" || at == "/components/schemas") {
				if _, err := c.schema(path); err != nil {
					return err
				}
				continue
			}
			if key == "example" || key == "examples" {
				continue
			}
			if err := c.compileAll(path, value); err != nil {
				return err
			}
		}
	case []any:
		for i, value := range n {
			if err := c.compileAll(at+"/"+strconv.Itoa(i), value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Contract) schema(at string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if s := c.schemas[at]; s != nil {
		return s, nil
	}
	s, err := c.compiler.Compile(base + "#" + at)
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", at, err)
	}
	c.schemas[at] = s
	return s, nil
}

// platformBase is the first of the description's servers.
const platformBase = "/elements/api-v2"

// Operation is one method of one path of the description.
type Operation struct {
	Method string // upper case
	Path   string // "/instances/{id}"
	at     string // JSON pointer
	node   map[string]any
}

// Operations lists all, by path and method.
func (c *Contract) Operations() []Operation {
	var list []Operation
	paths, _ := c.doc["paths"].(map[string]any)
	for path, item := range paths {
		for method, node := range item.(map[string]any) {
			if op, ok := node.(map[string]any); ok && slices.Contains(methods, method) {
				list = append(list, Operation{strings.ToUpper(method), path, "/paths/" + escape(path) + "/" + method, op})
			}
		}
	}
	slices.SortFunc(list, func(a, b Operation) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	return list
}

// Body is an example of an operation's body; nil if there is none. required says that it has to have one.
func (c *Contract) Body(op Operation) (example any, required bool) {
	body, ok := op.node["requestBody"].(map[string]any)
	if !ok {
		return nil, false
	}
	_, body = c.follow(op.at+"/requestBody", body)
	required, _ = body["required"].(bool)
	content, _ := body["content"].(map[string]any)
	media, _ := content["application/json"].(map[string]any)
	if example, ok := media["example"]; ok {
		return example, required
	}
	examples, _ := media["examples"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(examples)) {
		if e, ok := examples[name].(map[string]any); ok {
			return e["value"], required
		}
	}
	return nil, required
}

var methods = []string{"get", "put", "post", "delete", "patch"}

// Find tells which operation a request is. A path's fixed segments go before its variables.
func (c *Contract) Find(method, path string) (Operation, bool) {
	path, _, _ = strings.Cut(path, "?")
	path = strings.TrimPrefix(path, platformBase)
	var best Operation
	for _, op := range c.Operations() {
		if op.Method == method && fits(op.Path, path) && (best.Path == "" || variables(op.Path) < variables(best.Path)) {
			best = op
		}
	}
	return best, best.Path != ""
}

func variables(path string) int { return strings.Count(path, "{") }

// fits knows {name} for one segment and a last {name...} for all that follow.
func fits(pattern, path string) bool {
	want, have := strings.Split(pattern, "/"), strings.Split(strings.TrimSuffix(path, "/"), "/")
	for i, w := range want {
		if strings.HasSuffix(w, "...}") {
			return len(have) > i
		}
		if i >= len(have) || w != have[i] && !(strings.HasPrefix(w, "{") && have[i] != "") {
			return false
		}
	}
	return len(want) == len(have)
}

// Answer is what came back for a request.
type Answer struct {
	Method, Path string // of the request, with or without the platform's base
	Status       int
	Header       http.Header
	Body         []byte
}

// anywhere are statuses that any route may answer, with the common error body: what HTTP itself or the way to the route refuses.
var anywhere = []int{400, 401, 404, 405, 406, 408, 413, 415, 429, 431, 500, 501, 503}

// Check reports what about an answer the description does not know.
func (c *Contract) Check(a Answer) error {
	if a.Header.Get("Content-Encoding") == "gzip" {
		plain, err := gzip.NewReader(bytes.NewReader(a.Body))
		if err == nil {
			a.Body, err = io.ReadAll(plain)
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", a.Method, a.Path, err)
		}
	}
	op, ok := c.Find(a.Method, a.Path)
	if !ok && a.Status < 300 {
		return fmt.Errorf("%s %s: the description has no such route, and it answered %d", a.Method, a.Path, a.Status)
	}
	if err := c.check(op, ok, a); err != nil {
		return fmt.Errorf("%s %s: %d: %w\n%.2000s", a.Method, a.Path, a.Status, err, a.Body)
	}
	return nil
}

func (c *Contract) check(op Operation, known bool, a Answer) error {
	var response map[string]any
	var at string
	if known {
		at, response = c.response(op, a.Status)
	}
	if response == nil {
		if !slices.Contains(anywhere, a.Status) || known && a.Status < 400 {
			return errors.New("the description does not know this status here")
		}
		return c.validate("/components/schemas/Error", a.Body)
	}
	if err := c.headers(response, a.Header); err != nil {
		return err
	}
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 {
		return nil
	}
	kind, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("Content-Type %q: %w", a.Header.Get("Content-Type"), err)
	}
	media, ok := content[kind].(map[string]any)
	if !ok {
		return fmt.Errorf("the description does not know the type %s here", kind)
	}
	if _, ok := media["schema"]; !ok || kind != "application/json" {
		return nil
	}
	return c.validate(at+"/content/"+escape(kind)+"/schema", a.Body)
}

// response finds the entry of a status, and where it stands once references are followed.
func (c *Contract) response(op Operation, status int) (string, map[string]any) {
	all, _ := op.node["responses"].(map[string]any)
	code := strconv.Itoa(status)
	node, ok := all[code].(map[string]any)
	if !ok {
		return "", nil
	}
	return c.follow(op.at+"/responses/"+code, node)
}

func (c *Contract) follow(at string, node map[string]any) (string, map[string]any) {
	ref, ok := node["$ref"].(string)
	if !ok {
		return at, node
	}
	at = strings.TrimPrefix(ref, "#")
	var here any = c.doc
	for _, key := range strings.Split(at, "/")[1:] {
		m, _ := here.(map[string]any)
		here = m[strings.NewReplacer("~1", "/", "~0", "~").Replace(key)]
	}
	found, _ := here.(map[string]any)
	return at, found
}

func (c *Contract) headers(response map[string]any, got http.Header) error {
	wanted, _ := response["headers"].(map[string]any)
	for name, node := range wanted {
		at, header := c.follow("", node.(map[string]any))
		value := got.Get(name)
		if value == "" {
			if header["required"] == true {
				return fmt.Errorf("the header %s is missing", name)
			}
			continue
		}
		if at == "" {
			continue
		}
		schema, err := c.schema(at + "/schema")
		if err != nil {
			return err
		}
		var typed any = value
		if n, err := strconv.Atoi(value); err == nil {
			if s, _ := header["schema"].(map[string]any); s["type"] == "integer" {
				typed = n
			}
		}
		if err := schema.Validate(typed); err != nil {
			return fmt.Errorf("header %s: %w", name, err)
		}
	}
	return nil
}

func (c *Contract) validate(at string, body []byte) error {
	schema, err := c.schema(at)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("the body is not JSON: %w", err)
	}
	return schema.Validate(value)
}

// Examples reports the examples of the description that do not fit their schemas.
func (c *Contract) Examples() error { return c.examples("", c.doc) }

func (c *Contract) examples(at string, node any) error {
	var faults []error
	switch n := node.(type) {
	case map[string]any:
		if example, ok := n["example"]; ok {
			where := at
			if _, isMedia := n["schema"]; isMedia {
				where = at + "/schema"
			}
			if where != at || strings.HasPrefix(at, "/components/schemas/") {
				faults = append(faults, c.example(where, example))
			}
		}
		for key, value := range n {
			if key != "example" {
				faults = append(faults, c.examples(at+"/"+escape(key), value))
			}
		}
	case []any:
		for i, value := range n {
			faults = append(faults, c.examples(at+"/"+strconv.Itoa(i), value))
		}
	}
	return errors.Join(faults...)
}

func (c *Contract) example(at string, example any) error {
	schema, err := c.schema(at)
	if err != nil {
		return err
	}
	if err := schema.Validate(example); err != nil {
		return fmt.Errorf("example at %s: %w", at, err)
	}
	return nil
}

func escape(key string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(key)
}
