package instance

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// Draft is a POST body that is JSON of the right outer shape, not yet checked against its element.
type Draft struct {
	ElementKey    string // key or numeric id
	name          string
	tags          []string
	providerData  map[string]string
	configuration map[string]json.RawMessage
	report
}

// Known keys of a body that need no handling here.
var tolerated = []string{"externalAuthentication", "retrieveObjectsAfterInstantiation", "cachingEnabled", "traceLoggingEnabled",
	"maxCacheSize", "cacheTimeToLive", "eventsEnabled", "disabled", "valid", "description"}

// Parse reads a POST body. The error is a *SyntaxError, or an *InvalidError when not even the element can be told; other faults wait in
// the draft for New, which reports them together with its own.
func Parse(body []byte) (*Draft, error) {
	if err := syntaxError(body); err != nil {
		return nil, err
	}
	d := &Draft{}
	fields := d.object("$", bytes.TrimSpace(body))
	d.readElement(fields["element"])
	d.name = strings.TrimSpace(d.text("name", fields["name"]))
	d.tags = d.readTags(fields["tags"])
	d.providerData = map[string]string{}
	for key, raw := range d.object("providerData", fields["providerData"]) {
		d.providerData[key] = d.text(at("providerData", key), raw)
	}
	d.configuration = d.object("configuration", fields["configuration"])
	for _, key := range sortedKeys(fields) {
		switch key {
		case "element", "name", "tags", "providerData", "configuration":
		default:
			d.unknown(key)
		}
	}
	if d.ElementKey == "" {
		return nil, d.err()
	}
	return d, nil
}

func (d *Draft) unknown(key string) {
	if !slices.Contains(tolerated, key) {
		d.warn(key, "is not a known key and is ignored")
	}
}

func (d *Draft) readElement(raw json.RawMessage) {
	if isNull(raw) {
		d.fault("element", `is missing; say which provider to connect to, like {"key": "icontact"}`)
		return
	}
	fields := d.object("element", raw)
	if d.ElementKey = strings.TrimSpace(d.text("element.key", fields["key"])); d.ElementKey == "" {
		d.ElementKey = strings.TrimSpace(d.text("element.id", fields["id"]))
	}
	if d.ElementKey == "" && len(d.problems) == 0 {
		d.fault("element.key", `is missing; say which provider to connect to, like "icontact"`)
	}
}

// readTags takes a list of texts, one text, or the older list of objects with a name.
func (d *Draft) readTags(raw json.RawMessage) []string {
	if isNull(raw) {
		return nil
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		if tag := d.text("tags", raw); tag != "" {
			return []string{tag}
		}
		return nil
	}
	var tags []string
	for _, item := range items {
		if !isNull(item) && item[0] == '{' {
			item = d.object("tags", item)["name"]
		}
		if tag := strings.TrimSpace(d.text("tags", item)); tag != "" {
			tags = append(tags, tag)
		}
	}
	return tags
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
	d.fault("element.key", "%q is not a known element; known are %s", d.ElementKey, strings.Join(keys, ", "))
	return d.err()
}
