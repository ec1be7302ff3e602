package instance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Draft is a POST body that is JSON of the right outer shape, not yet checked against its element.
type Draft struct {
	ElementKey string // key or numeric id
	// HTTPSCallbacks makes New refuse a callback URL of plain http. It is no part of a body: whoever runs the server decides.
	HTTPSCallbacks bool
	name           string
	tags           []string
	external       string // externalAuthentication
	providerData   map[string]string
	configuration  map[string]json.RawMessage
	authorized     bool // an OAuth2 code is not required
	untagged       bool // no tags are wanted
	report
}

// Keys of a body that are read here, and known ones that need no handling.
var (
	bodyKeys  = []string{"element", "name", "tags", "providerData", "configuration", "externalAuthentication"}
	tolerated = []string{"retrieveObjectsAfterInstantiation", "cachingEnabled", "traceLoggingEnabled",
		"maxCacheSize", "cacheTimeToLive", "eventsEnabled", "disabled", "valid", "description"}
)

// Parse reads a POST body. The error is a *SyntaxError, or an *InvalidError when not even the element can be told; other faults wait in
// the draft for New, which reports them together with its own.
func Parse(body []byte) (*Draft, error) {
	d, fields, err := parse(body)
	if err != nil {
		return nil, err
	}
	if isNull(fields["element"]) {
		d.fault("element", `is missing; say which provider to connect to, like {"key": "icontact"}`)
	} else if before := len(d.problems); d.readElement(fields["element"]) == "" && len(d.problems) == before {
		d.fault("element.key", `is missing; say which provider to connect to, like "icontact"`)
	}
	if d.readRest(fields); d.ElementKey == "" {
		return nil, d.err()
	}
	return d, nil
}

// ParseFor reads a POST body whose element is told elsewhere. It may name one: same says whether that is the same. The error is a *SyntaxError.
func ParseFor(element string, body []byte, same func(named string) bool) (*Draft, error) {
	d, fields, err := parse(body)
	if err != nil {
		return nil, err
	}
	if !isNull(fields["element"]) {
		if named := d.readElement(fields["element"]); named != "" && !same(named) {
			d.fault("element.key", "%s is another element than %s, which the path names; leave it out, or use the other's path", quote(named), element)
		}
	}
	d.ElementKey = element
	d.readRest(fields)
	return d, nil
}

func parse(body []byte) (*Draft, map[string]json.RawMessage, error) {
	body = bytes.TrimPrefix(body, []byte("\uFEFF")) // the byte order mark that some editors write
	if err := syntaxError(body); err != nil {
		return nil, nil, err
	}
	d := &Draft{providerData: map[string]string{}}
	d.duplicates("", body)
	return d, d.object("$", bytes.TrimSpace(body)), nil
}

// readRest reads all but the element.
func (d *Draft) readRest(fields map[string]json.RawMessage) {
	d.name = d.label("name", fields["name"])
	d.tags = d.readTags(fields["tags"])
	for key, raw := range d.object("providerData", fields["providerData"]) {
		d.providerData[key] = d.text(at("providerData", key), raw)
	}
	d.external = strings.ToLower(strings.TrimSpace(d.text("externalAuthentication", fields["externalAuthentication"])))
	d.configuration = d.object("configuration", fields["configuration"])
	d.unknown(fields)
}

func (d *Draft) unknown(fields map[string]json.RawMessage) {
	for _, key := range sortedKeys(fields) {
		if slices.Contains(bodyKeys, key) || slices.Contains(tolerated, key) {
			continue
		}
		d.warn(at("", key), "is not a known key and is ignored%s", didYouMean(key, bodyKeys))
	}
}

// didYouMean points to a key that differs in case only.
func didYouMean(key string, known []string) string {
	for _, k := range known {
		if strings.EqualFold(strings.TrimSpace(key), k) && k != key {
			return "; did you mean " + k + "?"
		}
	}
	return ""
}

// readElement reads which element a body names: by key, or else by number.
func (d *Draft) readElement(raw json.RawMessage) string {
	fields := d.object("element", raw)
	if d.ElementKey = strings.TrimSpace(d.text("element.key", fields["key"])); d.ElementKey == "" {
		d.ElementKey = strings.TrimSpace(d.text("element.id", fields["id"]))
	}
	return d.ElementKey
}

// readTags takes a list of texts, one text, or the older list of objects with a name.
func (d *Draft) readTags(raw json.RawMessage) []string {
	if isNull(raw) {
		return nil
	}
	if raw[0] != '[' {
		raw = slices.Concat([]byte("["), raw, []byte("]"))
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		d.fault("tags", "should be a list of texts")
	}
	if len(items) > maxTags {
		d.fault("tags", "should be at most %d, are %d", maxTags, len(items))
		return nil
	}
	var tags []string
	for n, item := range items {
		path := fmt.Sprintf("tags[%d]", n)
		if !isNull(item) && item[0] == '{' {
			item = d.object(path, item)["name"]
		}
		if tag := d.label(path, item); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
}

// Bounds of what goes into every notification: names and tags, bytes of each, and how many tags.
const (
	maxLabel = 500
	maxTags  = 100
)

// label reads a name that is shown to people.
func (d *Draft) label(path string, raw json.RawMessage) string {
	given := strings.TrimSpace(d.text(path, raw))
	if len(given) > maxLabel {
		d.fault(path, "should be at most %d bytes long, is %d", maxLabel, len(given))
		return ""
	}
	text := plain(given)
	if text != given {
		d.warn(path, "looked like HTML, or like a placeholder that was not filled in; what stood between < and > was removed")
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		d.fault(path, "should hold no control characters")
	}
	return text
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// Unknown is the error for an element that there is no adapter for.
func (d *Draft) Unknown(keys []string) error {
	r := d.copy()
	r.fault("element.key", "%s is not a known element; known are %s", quote(d.ElementKey), some(keys))
	return r.err()
}
