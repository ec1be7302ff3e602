package instance

import (
	"fmt"
	"testing"
	"time"
)

// Resources that are polled alike share a plan, whatever they are called; others have their own, and all are what Compile makes.
func TestPlansAreShared(t *testing.T) {
	t.Parallel()
	base := Resource{
		Name: "contacts", Reads: "contacts", URL: "/contacts?where=updated>='${date:yyyy-MM-dd}'", Vars: map[string]string{"a": "b"}, PageSize: 10, Watch: 1,
		Fields: Fields{ID: "id", Updated: DateField{Field: "updated", Format: "yyyy-MM-dd", Zone: "America/New_York"}}, Overlap: time.Minute,
	}
	plans := NewPlans()
	of := func(change func(*Resource)) *Plan {
		t.Helper()
		r := base
		change(&r)
		plan, err := plans.Of(&r)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.Compile()
		if err != nil {
			t.Fatal(err)
		}
		if fmt.Sprintf("%+v %v", plan.Rule.Overlap, plan.URL) != fmt.Sprintf("%+v %v", want.Rule.Overlap, want.URL) || plan.Rule.Fields.ID.String() != want.Rule.Fields.ID.String() {
			t.Errorf("plan %+v, want %+v", plan, want)
		}
		return plan
	}
	first := of(func(*Resource) {})
	if of(func(r *Resource) { r.Name, r.Reads, r.Vars, r.PageSize, r.Watch = "people", "x", nil, 0, 7 }) != first {
		t.Error("a resource that is polled alike has a plan of its own")
	}
	for name, change := range map[string]func(*Resource){
		"URL":     func(r *Resource) { r.URL += "&x=1" },
		"id":      func(r *Resource) { r.Fields.ID = "key" },
		"zone":    func(r *Resource) { r.Fields.Updated.Zone = "Asia/Tokyo" },
		"overlap": func(r *Resource) { r.Overlap = time.Hour },
		"rule":    func(r *Resource) { r.FilterByCurrent = true },
	} {
		if of(change) == first {
			t.Errorf("a resource with another %s has the same plan", name)
		}
	}
	for n := range 2 * mostPlans {
		of(func(r *Resource) { r.Overlap = time.Duration(n) })
	}
	if len(plans.all) > mostPlans {
		t.Errorf("%d plans are kept, want %d at most", len(plans.all), mostPlans)
	}
	if _, err := plans.Of(&Resource{URL: "/${"}); err == nil {
		t.Error("a resource that cannot be compiled has a plan")
	}
}
