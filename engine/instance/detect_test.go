package instance

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pollwright/pollwright/engine/change"
)

func TestDetection(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, resource string
		want           *change.HashRule // nil = dates; the id and the dates aside
	}{
		{"a manifest with dates", `"url":"/contacts"`, nil},
		{"auto", `"url":"/contacts","detect":"auto"`, nil},
		{"by content", `"url":"/contacts","detect":"hash"`, &change.HashRule{}},
		{"no dates anywhere", `"url":"/lists"`, &change.HashRule{}},
		{"everything", `"url":"/contacts","detect":"HASH","detectDeletes":"true","deleteGuard":{"percent":5,"ids":0},"start":"beginning"`,
			&change.HashRule{Deletes: true, Guard: change.Guard{Fraction: 0.05, IDs: -1}, Tell: true}},
		{"a guard in percent", `"url":"/contacts","detect":"hash","detectDeletes":true,"deleteGuard":"0"`,
			&change.HashRule{Deletes: true, Guard: change.Guard{Fraction: -1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			made := mustMake(t, icontactBody(`"event.poller.configuration":{"a":{`+tt.resource+`}}`), icontact())
			r := only(t, made)
			plan, err := r.Compile()
			if err != nil || (plan.Hash == nil) != (tt.want == nil) {
				t.Fatalf("plan %+v, err %v", plan, err)
			}
			if tt.want == nil {
				return
			}
			got := change.HashRule{Deletes: plan.Hash.Deletes, Guard: plan.Hash.Guard, Tell: plan.Hash.Tell}
			if diff := cmp.Diff(*tt.want, got, cmp.AllowUnexported(change.Path{})); diff != "" || plan.Hash.ID.IsZero() {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExcludedFields(t *testing.T) {
	t.Parallel()
	for _, list := range []string{`["lastSeen","stats.score"]`, `" lastSeen, stats.score,"`} {
		made := mustMake(t, icontactBody(`"event.poller.configuration":{"a":{"url":"/contacts","detect":"hash","detectExclude":`+list+`}}`), icontact())
		r := only(t, made)
		plan, err := r.Compile()
		if err != nil || len(plan.Hash.Exclude) != 2 || plan.Hash.Exclude[1].String() != "stats.score" {
			t.Errorf("%s: plan %+v, err %v", list, plan.Hash, err)
		}
	}
}
