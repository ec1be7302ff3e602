package instance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
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
	body = bytes.TrimPrefix(body, []byte("\uFEFF")) // the byte order mark that some editors write
	if err := syntaxError(body); err != nil {
		return nil, err
	}
	d := &Draft{providerData: map[string]string{}}
	d.duplicates("", body)
	fields := d.object("$", bytes.TrimSpace(body))
	d.readElement(fields["element"])
	d.name = d.label("name", fields["name"])
	d.tags = d.readTags(fields["tags"])
	for key, raw := range d.object("providerData", fields["providerData"]) {
		d.providerData[key] = d.text(at("providerData", key), raw)
	}
	d.external = strings.ToLower(strings.TrimSpace(d.text("externalAuthentication", fields["externalAuthentication"])))
	d.configuration = d.object("configuration", fields["configuration"])
	d.unknown(fields)
	if d.ElementKey == "" {
		return nil, d.err()
	}
	return d, nil
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

func (d *Draft) readElement(raw json.RawMessage) {
	before := len(d.problems)
	if isNull(raw) {
		d.fault("element", `is missing; say which provider to connect to, like {"key": "icontact"}`)
		return
	}
	fields := d.object("element", raw)
	if d.ElementKey = strings.TrimSpace(d.text("element.key", fields["key"])); d.ElementKey == "" {
		d.ElementKey = strings.TrimSpace(d.text("element.id", fields["id"]))
	}
	if d.ElementKey == "" && len(d.problems) == before {
		d.fault("element.key", `is missing; say which provider to connect to, like "icontact"`)
	}
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

// markup is an HTML tag; the platform takes them out of names and tags, too.
var markup = regexp.MustCompile(`</?[A-Za-z][^<>]*>`)

// label reads a name that is shown to people.
func (d *Draft) label(path string, raw json.RawMessage) string {
	given := strings.TrimSpace(d.text(path, raw))
	if len(given) > maxLabel {
		d.fault(path, "should be at most %d bytes long, is %d", maxLabel, len(given))
		return ""
	}
	text := given
	for markup.MatchString(text) {
		text = strings.TrimSpace(markup.ReplaceAllString(text, ""))
	}
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
