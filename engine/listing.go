package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/store"
)

// InstancesQuery says which instances Instances lists. Its zero value wants all.
type InstancesQuery struct {
	Element string   // key or id; "" = of all
	Tags    []string // all of them
	Search  string   // part of the name, in any case
	Page    string   // token of the page; "" = the first
	Size    int      // most instances
}

func (q InstancesQuery) wants(in *instance.Instance) bool {
	for _, tag := range q.Tags {
		if !slices.Contains(in.Tags, tag) {
			return false
		}
	}
	return (q.Element == "" || in.Element == q.Element) && strings.Contains(strings.ToLower(in.Name), strings.ToLower(q.Search))
}

// Bounds on one page: how many instances it looks at, and how many at a time.
const (
	listLook = 20_000
	listStep = 500
)

// Instances lists the caller's instances, and the token of the next page ("" = none). They are looked through one by one: instances of before
// there was a search have nothing else to be found by. A page that has looked at 20,000 ends. A token that is none is an
// *instance.InvalidError, an element that there is none of ErrNotFound.
func (e *Engine) Instances(ctx context.Context, caller Caller, q InstancesQuery) (list []*Instance, next string, err error) {
	if q.Element != "" {
		el, err := e.Element(q.Element)
		if err != nil {
			return nil, "", err
		}
		q.Element = el.Key
	}
	after, err := pageOfInstances(q.Page)
	if err != nil {
		return nil, "", err
	}
	for looked := 0; looked < listLook; looked += listStep {
		keys, err := e.store.Find(ctx, instancesOf(caller), after, listStep)
		if err != nil {
			return nil, "", err
		}
		for _, key := range keys {
			if len(list) == q.Size {
				return list, idOf(after), nil
			}
			after = key
			if list, err = e.listOne(ctx, caller, q, key, list); err != nil {
				return nil, "", err
			}
		}
		if len(keys) < listStep {
			return list, "", nil
		}
	}
	return list, idOf(after), nil
}

func instancesOf(caller Caller) store.Term {
	return store.Term{Name: "instance-organization", Value: idText(caller.Organization)}
}

func pageOfInstances(token string) (store.Key, error) {
	if token == "" {
		return store.Key{}, nil
	}
	id, err := parseID(token)
	if err != nil {
		return store.Key{}, &instance.InvalidError{Problems: []instance.Problem{{Path: "nextPage", Message: "is not a page token of this service"}}}
	}
	return instanceKey(id), nil
}

// listOne adds an instance to a list if it is wanted and still there.
func (e *Engine) listOne(ctx context.Context, caller Caller, q InstancesQuery, key store.Key, list []*Instance) ([]*Instance, error) {
	id, err := parseID(idOf(key))
	if err != nil {
		return list, err
	}
	in, err := e.lives.get(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !q.wants(in.Instance) {
		return list, nil
	}
	if err != nil {
		return list, err
	}
	view, err := e.view(ctx, caller, in)
	if errors.Is(err, ErrNotFound) {
		return list, nil
	}
	return append(list, view), err
}

// CountInstances counts the caller's instances by element.
func (e *Engine) CountInstances(ctx context.Context, caller Caller) (map[string]int, error) {
	counts := map[string]int{}
	for after := (store.Key{}); ; {
		keys, err := e.store.Find(ctx, instancesOf(caller), after, listStep)
		if err != nil || len(keys) == 0 {
			return counts, err
		}
		after = keys[len(keys)-1]
		for _, key := range keys {
			id, err := parseID(idOf(key))
			if err != nil {
				return nil, err
			}
			in, err := e.lives.get(ctx, id)
			if errors.Is(err, ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			counts[in.Instance.Element]++
		}
	}
}
