package deliver

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	a, b, c := &callback{}, &callback{}, &callback{}
	names := map[*lane]string{}
	line := turns{}
	for i, owner := range []*callback{a, a, a, b, c, a, b} {
		l := &lane{callback: owner}
		names[l] = fmt.Sprint(i)
		line.add(l)
	}
	got := ""
	for !line.empty() {
		got += names[line.take()]
	}
	if diff := cmp.Diff("0341625", got); diff != "" {
		t.Error(diff)
	}
}

// The line against a slow model: a list of lists.
func TestTurnsAgainstModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		owners := []*callback{{}, {}, {}, {}}
		type group struct {
			owner *callback
			lanes []*lane
		}
		var model []group
		line, size := turns{}, 0
		for range 200 {
			owner := owners[rapid.IntRange(0, 3).Draw(t, "owner")]
			at := -1
			for i, g := range model {
				if g.owner == owner {
					at = i
				}
			}
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				var want []*lane
				if at >= 0 {
					want = model[at].lanes
					model = append(model[:at:at], model[at+1:]...)
				}
				got := line.withdraw(owner)
				if len(got) != len(want) {
					t.Fatalf("withdrew %d, want %d", len(got), len(want))
				}
				for i := range got {
					if got[i] != want[i] {
						t.Fatal("withdrew in another order")
					}
				}
				size -= len(want)
			case 1, 2, 3, 4:
				if size == 0 {
					continue
				}
				first := model[0]
				model = model[1:]
				if len(first.lanes) > 1 {
					model = append(model, group{first.owner, first.lanes[1:]})
				}
				if size--; line.take() != first.lanes[0] {
					t.Fatal("it was another one's turn")
				}
			default:
				l := &lane{callback: owner}
				line.add(l)
				if size++; at < 0 {
					model = append(model, group{owner, []*lane{l}})
				} else {
					model[at].lanes = append(model[at].lanes[:len(model[at].lanes):len(model[at].lanes)], l)
				}
			}
			if line.lanes != size || line.empty() != (size == 0) || len(line.parties) != len(model) {
				t.Fatalf("%d lanes of %d callbacks, want %d of %d", line.lanes, len(line.parties), size, len(model))
			}
		}
	})
}
