package instance

import (
	"encoding/json"
	"strings"
)

// Amendment is a change of an instance: the draft of what it shall be, and which parts of it the body named.
type Amendment struct {
	*Draft
	named map[string]bool // configuration keys
}

// AmendOptions says how a body changes an instance.
type AmendOptions struct {
	// Full has the body be all: what it does not name is gone, or falls to its default. Otherwise it is merged over what there is: keys of the
	// configuration one by one, where null removes; tags as a whole.
	Full bool
	// Secrets are the values that the instance's masked keys have, as a body would give them. A key whose value is given as "********" keeps its.
	Secrets map[string]json.RawMessage
	// Authorized: it has OAuth2 tokens, or need of none; a code is not required.
	Authorized bool
	// Same says whether an element that the body names is the instance's.
	Same func(named string) bool
}

// Amend reads a body that changes an instance. Only faults of the JSON itself are an error (*SyntaxError); others wait in the draft for New.
func (i *Instance) Amend(body []byte, o AmendOptions) (*Amendment, error) {
	d, fields, err := parse(body)
	if err != nil {
		return nil, err
	}
	if !isNull(fields["element"]) {
		if named := d.readElement(fields["element"]); named != "" && !o.Same(named) {
			d.fault("element.key", "cannot be changed: this is an instance of %s; make another one of %s", i.Element, quote(named))
		}
	}
	d.ElementKey, d.authorized = i.Element, o.Authorized
	d.readRest(fields)
	if _, given := fields["name"]; !given && !o.Full {
		d.name = i.Name
	}
	d.untagged = !isNull(fields["tags"]) && len(d.tags) == 0
	if _, given := fields["tags"]; !given && !o.Full {
		d.tags, d.untagged = i.Tags, len(i.Tags) == 0
	}
	a := &Amendment{d, map[string]bool{}}
	a.merge(i, o)
	return a, nil
}

// merge completes the draft's configuration by the instance's.
func (a *Amendment) merge(i *Instance, o AmendOptions) {
	merged := map[string]json.RawMessage{}
	if !o.Full {
		for key, value := range i.Configuration {
			merged[key] = quoted(value)
		}
		for _, key := range i.Masked {
			if raw, ok := o.Secrets[key]; ok {
				merged[key] = raw
			}
		}
	}
	for key, raw := range a.configuration {
		a.named[key] = true
		switch secret, known := o.Secrets[key]; {
		case isNull(raw):
			delete(merged, key)
		case masked(raw) && known:
			merged[key] = secret
		case masked(raw) && (i.HasSecret(key) || key == KeyRefreshToken):
			delete(merged, key) // it was used up
		default:
			merged[key] = raw
		}
	}
	a.configuration = merged
}

// Named lists the configuration keys that the body named, sorted.
func (a *Amendment) Named() []string { return sortedKeys(a.named) }

// Own leaves out the warnings about keys that the body did not name: they were told when those were given.
func (a *Amendment) Own(warnings []Problem) (own []Problem) {
	for _, w := range warnings {
		key, about := a.about(w.Path)
		if !about || a.named[key] {
			own = append(own, w)
		}
	}
	return own
}

// about tells which configuration key a path is of.
func (a *Amendment) about(path string) (key string, ok bool) {
	for key := range a.configuration {
		if at := inConfiguration(key); path == at || strings.HasPrefix(path, at+".") || strings.HasPrefix(path, at+"[") {
			return key, true
		}
	}
	return "", false
}

func masked(raw json.RawMessage) bool {
	var text string
	return json.Unmarshal(raw, &text) == nil && strings.TrimSpace(text) == Mask
}

func quoted(text string) json.RawMessage {
	raw, _ := json.Marshal(text) // a text: cannot fail
	return raw
}

// SameWatch tells whether a checkpoint of one resource means the same to another: which records are read, how they are told apart and how their
// dates are read. If not, why says what differs. How often and how far back is looked may differ, and what is done with what is found.
func (r *Resource) SameWatch(o *Resource) (same bool, why string) {
	switch {
	case r.Reads != o.Reads || r.URL != o.URL || !equalJSON(r.Vars, o.Vars):
		return false, "another url"
	case r.Fields != o.Fields || !equalJSON(r.Fallback, o.Fallback):
		return false, "another id or date field, format or zone"
	case r.FilterByCreated != o.FilterByCreated:
		return false, "another date to filter by"
	case r.HashContent != o.HashContent || (r.Content == nil) != (o.Content == nil):
		return false, "another way to detect changes"
	case r.Content != nil && !equalJSON(r.Content.Exclude, o.Content.Exclude):
		return false, "another detectExclude"
	case r.Start != o.Start:
		return false, "another event.poller.start"
	}
	return true, ""
}

func equalJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}
