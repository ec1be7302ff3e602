package engine

import (
	"hash/fnv"

	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/sdk"
)

// Element is a provider type that instances can be made of.
type Element struct {
	sdk.Manifest
	Digest  string // SHA-256 of the adapter, hexadecimal
	Builtin bool
}

// Elements lists what there are adapters for, by key.
func (e *Engine) Elements() []Element {
	var all []Element
	for _, el := range e.catalog.Elements() {
		all = append(all, element(el))
	}
	return all
}

// Element finds an element by key or by numeric id, or returns ErrNotFound.
func (e *Engine) Element(keyOrID string) (Element, error) {
	if el, ok := e.catalog.Element(keyOrID); ok {
		return element(el), nil
	}
	if id, err := parseID(keyOrID); err == nil && id >= madeNumbers {
		for _, el := range e.Elements() {
			if el.ID == id {
				return el, nil
			}
		}
	}
	return Element{}, ErrNotFound
}

func element(el plugin.Element) Element {
	m := el.Manifest
	if m.ID == 0 {
		m.ID = elementNumber(m.Key)
	}
	return Element{Manifest: m, Digest: el.Digest, Builtin: el.Builtin}
}

// madeNumbers is the least number of an element that the platform had none for; its own were far below.
const madeNumbers = 1 << 30

// elementNumber is made of the key, so that it needs no counter and is the same on every machine. It fits a signed 32-bit integer.
func elementNumber(key string) int64 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key)) // never fails
	return madeNumbers | int64(h.Sum32()&(madeNumbers-1))
}
