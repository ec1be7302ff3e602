package hub

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// Plan is who does what of a Request: the provider, by way of the adapter, and the host.
type Plan struct {
	Request
	Query sdk.Query   // what is handed on; the page is filled in for each
	Host  []ceql.Expr // conditions that the host judges; all must be true. Some are handed on as well
	left  []ceql.Expr // those of them that are not
	Sort  []sdk.Order // the order that the host makes; then nothing of it is handed on
	Nulls bool        // fields that are null stay in the records
	look  *lookups    // of the fields that the host looks at
	id    func(json.RawMessage) string
}

// Plan divides the work. dates are those that the instance knows beside the manifest's: they are compared by their instant. nulls leaves
// fields in that are null. The error is an *instance.InvalidError: a condition that only the provider can judge stands where it cannot be
// handed on.
func (r Request) Plan(dates []instance.DateField, nulls bool) (Plan, error) {
	p := Plan{Request: r, Nulls: nulls, Query: sdk.Query{Resource: r.Resource.Name, Vars: r.Vars, Params: r.Params}}
	terms := slices.Clone(ceql.Terms(r.Where))
	if r.ID != "" {
		terms = append(terms, ceql.Condition{Name: r.Resource.Poll.IDField, Op: "=", Value: r.ID, Quoted: true})
	}
	var wrong faults
	for _, term := range terms {
		handed, enough := p.handOn(term)
		if !handed {
			p.refuseParameters(term, &wrong)
			p.left = append(p.left, term)
		}
		if !enough {
			p.Host = append(p.Host, term)
		}
	}
	if p.sortable(r.OrderBy) {
		p.Query.OrderBy = r.OrderBy
	} else {
		p.Sort = r.OrderBy
	}
	if len(wrong) > 0 {
		return p, wrong.err()
	}
	p.look = newLookups(append(dateFields(r.Resource), dates...))
	p.look.prepare(p.Host, p.Sort, &wrong)
	p.id = p.look.identity(r.Resource)
	return p, wrong.err()
}

// handOn gives a condition to the adapter if it can hand it on to the provider, whose judgement may be enough. Most providers take one condition
// on a field, and none without a value: the host judges the others. Those on a parameter of the provider are all the adapter's.
func (p *Plan) handOn(term ceql.Expr) (handed, enough bool) {
	c, ok := term.(ceql.Condition)
	if !ok {
		return false, false
	}
	f, ok := p.filter(c.Name)
	if !ok || !slices.Contains(f.Ops, c.Op) {
		return false, false
	}
	taken := slices.ContainsFunc(p.Query.Where, func(w sdk.Condition) bool { return w.Name == c.Name })
	if !f.Parameter && (taken || c.Value == "") {
		return false, false
	}
	p.Query.Where = append(p.Query.Where, sdk.Condition{Name: c.Name, Op: c.Op, Value: c.Value})
	return true, !f.Coarse
}

func (p *Plan) filter(name string) (sdk.Filter, bool) {
	i := slices.IndexFunc(p.Resource.Where, func(f sdk.Filter) bool { return f.Name == name })
	if i < 0 {
		return sdk.Filter{}, false
	}
	return p.Resource.Where[i], true
}

// refuseParameters: what is no field of the records cannot be judged by them.
func (p *Plan) refuseParameters(term ceql.Expr, wrong *faults) {
	ceql.Conditions(term, func(e ceql.Expr) {
		name := nameOf(e)
		f, ok := p.filter(name)
		if !ok || !f.Parameter {
			return
		}
		wrong.add(wordWhere, "%s cannot be handed on to %s here, and %s is no field of the records: it has to be joined with the rest by AND, with %s",
			clip(e.String()), p.Element, name, strings.Join(f.Ops, " or "))
	})
}

func (p *Plan) sortable(order []sdk.Order) bool {
	return !slices.ContainsFunc(order, func(o sdk.Order) bool { return !slices.Contains(p.Resource.OrderBy, o.Field) })
}

func nameOf(e ceql.Expr) string {
	switch e := e.(type) {
	case ceql.Condition:
		return e.Name
	case ceql.In:
		return e.Name
	case ceql.Null:
		return e.Name
	}
	return ""
}

// FilteredByHost are the conditions that only the host judges, as a where clause; "" = none.
func (p Plan) FilteredByHost() string {
	switch len(p.left) {
	case 0:
		return ""
	case 1:
		return p.left[0].String()
	}
	return ceql.And{Terms: p.left}.String()
}

// OrderedByHost is the order that the host makes; "" = none.
func (p Plan) OrderedByHost() string {
	parts := make([]string, len(p.Sort))
	for i, o := range p.Sort {
		if parts[i] = o.Field + " asc"; o.Descending {
			parts[i] = o.Field + " desc"
		}
	}
	return strings.Join(parts, ", ")
}

// Digest tells queries apart whose results are not the same: a page's token is good for one of them only. The fields and the page size may
// change from page to page.
func (p Plan) Digest() []byte {
	doc, err := json.Marshal(struct {
		Resource string
		Vars     map[string]string
		ID       string
		Where    string
		OrderBy  []sdk.Order
		Params   map[string]string
	}{p.Resource.Name, p.Vars, p.ID, p.Where.String(), p.OrderBy, p.Params})
	if err != nil {
		panic(err) // texts and booleans
	}
	sum := sha256.Sum256(doc)
	return sum[:]
}
