package api

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/server/api/contract"
)

// described is the description that every answer in these tests is held against.
var described = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load(description) })

func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	c, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Examples(); err != nil {
		t.Error(err)
	}
}

// Each route is described and each description has its route, at both bases.
func TestEveryRouteIsDescribed(t *testing.T) {
	t.Parallel()
	c, err := described()
	if err != nil {
		t.Fatal(err)
	}
	served := map[string]bool{}
	server, err := New(Config{Engine: &fakeEngine{}, Logger: (&logBuffer{}).logger()})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range server.app(t.Context()).GetRoutes(true) {
		if r.Method == fiber.MethodHead {
			continue
		}
		served[r.Method+" "+braces(r.Path)] = true
	}
	var wanted []string
	for _, op := range c.Operations() {
		wanted = append(wanted, op.Method+" "+op.Path)
		if !served[op.Method+" "+op.Path] {
			t.Errorf("%s %s is described and not served", op.Method, op.Path)
		}
	}
	for route := range served {
		method, path, _ := strings.Cut(route, " ")
		path, below := strings.CutPrefix(path, platformBase)
		if !slices.Contains(wanted, method+" "+path) {
			t.Errorf("%s is served and not described", route)
		}
		if below && !served[method+" "+path] {
			t.Errorf("%s is served below %s only", route, platformBase)
		}
	}
}

// braces turns Fiber's "/instances/:id" into the description's "/instances/{id}".
func braces(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if name, ok := strings.CutPrefix(s, ":"); ok {
			segments[i] = "{" + name + "}"
		}
		if s == "*" {
			segments[i] = "{resource...}"
		}
	}
	return strings.Join(segments, "/")
}

func TestDescriptionIsServed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.call("GET", "/openapi.yaml", "", "Authorization:")
	if r.status != 200 || r.text != string(description) || r.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("got %d, %s, %d bytes", r.status, r.header.Get("Content-Type"), len(r.text))
	}
}
