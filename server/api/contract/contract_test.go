package contract

import (
	"net/http"
	"strings"
	"testing"
)

const description = `
openapi: 3.1.0
paths:
  /things/{id}:
    get:
      responses:
        "200":
          headers:
            X-Id: {$ref: "#/components/headers/X-Id"}
          content:
            application/json: {schema: {$ref: "#/components/schemas/Thing"}}
        "404": {$ref: "#/components/responses/Missing"}
  /things/all:
    get:
      responses:
        "200":
          content:
            application/json: {schema: {type: array, items: {$ref: "#/components/schemas/Thing"}}}
  /hubs/{hub}/{resource...}:
    get: {responses: {"200": {description: any}}}
components:
  headers:
    X-Id: {required: true, schema: {type: integer, minimum: 1}}
  responses:
    Missing: {content: {application/json: {schema: {$ref: "#/components/schemas/Error"}}}}
  schemas:
    Error: {type: object, additionalProperties: false, required: [message], properties: {message: {type: string}}}
    Thing: {type: object, additionalProperties: false, required: [id], properties: {id: {type: integer}, at: {type: string, format: date-time}}}
`

func TestCheck(t *testing.T) {
	t.Parallel()
	c, err := Load([]byte(description))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range []struct {
		name   string
		path   string
		status int
		header string // X-Id
		kind   string
		body   string
		says   string // "" = it fits
	}{
		{"fits", "/things/7", 200, "7", "application/json", `{"id":7}`, ""},
		{"fits below the platform's base", "/elements/api-v2/things/7?x=1", 200, "7", "application/json; charset=utf-8", `{"id":7}`, ""},
		{"a fixed path goes first", "/things/all", 200, "", "application/json", `[{"id":7}]`, ""},
		{"the rest of a path", "/hubs/crm/lists/7/contacts", 200, "", "application/json", `[]`, ""},
		{"known error", "/things/7", 404, "", "application/json", `{"message":"none"}`, ""},
		{"error that any route may give", "/things/7", 503, "", "application/json", `{"message":"later"}`, ""},
		{"unknown route refused", "/nothing", 404, "", "application/json", `{"message":"none"}`, ""},
		{"unknown route that answers", "/nothing", 200, "", "application/json", `{}`, "no such route"},
		{"unknown status", "/things/7", 202, "7", "application/json", `{"id":7}`, "does not know this status"},
		{"unknown error status", "/things/7", 418, "", "application/json", `{"message":"x"}`, "does not know this status"},
		{"unknown field", "/things/7", 200, "7", "application/json", `{"id":7,"more":1}`, "more"},
		{"missing field", "/things/7", 200, "7", "application/json", `{}`, "id"},
		{"wrong type", "/things/7", 200, "7", "application/json", `{"id":"7"}`, "want integer"},
		{"wrong format", "/things/7", 200, "7", "application/json", `{"id":7,"at":"today"}`, "date-time"},
		{"no JSON", "/things/7", 200, "7", "application/json", `{"id":7`, "not JSON"},
		{"other media type", "/things/7", 200, "7", "text/html", `{"id":7}`, "text/html"},
		{"missing header", "/things/7", 200, "", "application/json", `{"id":7}`, "X-Id is missing"},
		{"wrong header", "/things/7", 200, "0", "application/json", `{"id":7}`, "X-Id"},
		{"unknown field of an error", "/things/7", 500, "", "application/json", `{"message":"x","stack":"y"}`, "stack"},
	} {
		header := http.Header{"Content-Type": {k.kind}}
		if k.header != "" {
			header.Set("X-Id", k.header)
		}
		err := c.Check(Answer{Method: "GET", Path: k.path, Status: k.status, Header: header, Body: []byte(k.body)})
		if (err == nil) != (k.says == "") || err != nil && !strings.Contains(err.Error(), k.says) {
			t.Errorf("%s: %v, want %q", k.name, err, k.says)
		}
	}
}

func TestLoadRefusesWrongSchemas(t *testing.T) {
	t.Parallel()
	for _, change := range []string{"type: integer}, at", "$ref: \"#/components/schemas/Error\"", "minimum: 1"} {
		broken := strings.Replace(description, change, strings.NewReplacer("integer", "whole", "Error", "Nothing", "1", "one").Replace(change), 1)
		if _, err := Load([]byte(broken)); err == nil {
			t.Errorf("a description with %q broken was taken", change)
		}
	}
}

func TestExamples(t *testing.T) {
	t.Parallel()
	for example, fits := range map[string]bool{`{id: 7}`: true, `{id: seven}`: false} {
		c, err := Load([]byte(strings.Replace(description, "Thing: {type", "Thing: {example: "+example+", type", 1)))
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Examples(); (err == nil) != fits {
			t.Errorf("example %s: %v", example, err)
		}
	}
}
