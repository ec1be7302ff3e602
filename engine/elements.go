package engine

import (
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
	el, ok := e.catalog.Element(keyOrID)
	if !ok {
		return Element{}, ErrNotFound
	}
	return element(el), nil
}

func element(el plugin.Element) Element {
	return Element{Manifest: el.Manifest, Digest: el.Digest, Builtin: el.Builtin}
}
