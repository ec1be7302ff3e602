package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// target is the simulator as the control API sees it.
type target struct{ s *Sim }

func (t target) Create(resource string, body []byte) (simkit.Entry, error) {
	if isSuppression(resource) {
		var in struct{ Email, Origin string }
		if err := simkit.Decode(body, &in); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.Suppress(resource, in.Email, in.Origin)
	}
	if isItem(resource) {
		var i Item
		if err := simkit.Decode(body, &i); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.CreateItem(resource, i)
	}
	c, err := contactOf(resource, body)
	if err != nil {
		return simkit.Entry{}, err
	}
	return t.s.CreateContact(c)
}

func (t target) Update(resource, id string, body []byte) (simkit.Entry, error) {
	if isItem(resource) {
		var i Item
		if err := simkit.Decode(body, &i); err != nil {
			return simkit.Entry{}, err
		}
		return t.s.UpdateItem(resource, id, i.Name)
	}
	c, err := contactOf(resource, body)
	if err != nil {
		return simkit.Entry{}, err
	}
	return t.s.UpdateContact(id, c)
}

func (t target) Delete(resource, id string) (simkit.Entry, error) {
	if resource != Contacts {
		return simkit.Entry{}, unknownResource(resource)
	}
	return t.s.DeleteContact(id)
}

func (t target) Step(rng *rand.Rand) (simkit.Entry, error) { return t.s.Step(rng) }

func (t target) Options() any { return t.s.Options() }

func (t target) SetOptions(body []byte) error {
	if err := simkit.Decode(body, &Options{}); err != nil {
		return err
	}
	return t.s.SetOptions(func(o *Options) { _ = simkit.Decode(body, o) }) // decoded once already
}

func contactOf(resource string, body []byte) (Contact, error) {
	if resource != Contacts {
		return Contact{}, unknownResource(resource)
	}
	var c Contact
	err := simkit.Decode(body, &c)
	return c, err
}

func unknownResource(name string) error {
	return fmt.Errorf("resource %q: want %q, %q, %q, %q, %q (or, to create, a suppression list): %w", name, Contacts, Messages, Forms, Pages, Programs, simkit.ErrNotFound)
}

// routes adds the control API of tokens and lists.
func (s *Sim) routes() {
	s.Handle("GET /_sim/tokens", func(http.ResponseWriter, *http.Request) (any, error) { return s.TokenStats(), nil })
	s.Handle("POST /_sim/tokens/expire", func(http.ResponseWriter, *http.Request) (any, error) {
		s.ExpireTokens()
		return s.TokenStats(), nil
	})
	s.Handle("POST /_sim/tokens/revoke", func(http.ResponseWriter, *http.Request) (any, error) {
		s.RevokeTokens()
		return s.TokenStats(), nil
	})
	s.Handle("POST /_sim/codes", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		var in struct{ Username, RedirectURI string }
		if err := readInto(r, &in); err != nil {
			return nil, err
		}
		code, err := s.IssueCode(in.Username, in.RedirectURI)
		return map[string]string{"code": code}, err
	})
	s.Handle("POST /_sim/lists", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		var l List
		if err := readInto(r, &l); err != nil {
			return nil, err
		}
		return l, s.AddList(l)
	})
}

// readInto decodes a control request's body; an empty one leaves v as it is.
func readInto(r *http.Request, v any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil || len(body) == 0 {
		return err
	}
	return simkit.Decode(body, v)
}
