package deliver

import (
	"context"
	"fmt"
	"slices"

	"github.com/pollwright/pollwright/engine/store"
)

// Ascent reads what the store keeps of an instance oldest first, where the store itself begins with the newest: it reads ranges of
// numbers, so wide that few enough notifications are in each. The zero value begins with the widest.
type Ascent struct{ width store.Seq }

// Read returns up to n notifications with after < seq < end, oldest first and without payloads. All up to reached have been returned
// then; it is end-1 at the end.
func (a *Ascent) Read(ctx context.Context, s store.Store, instance string, after, end store.Seq, n int) (rows []store.Kept, reached store.Seq, err error) {
	if a.width == 0 {
		a.width = end
	}
	for after+1 < end {
		stop := end
		if a.width < end-after {
			stop = after + a.width
		}
		rows, err = s.Kept(ctx, instance, stop, n+1)
		if err != nil {
			return nil, 0, fmt.Errorf("read kept notifications: %w", err)
		}
		if i := slices.IndexFunc(rows, func(k store.Kept) bool { return k.Seq <= after }); i >= 0 {
			rows = rows[:i]
		}
		switch {
		case len(rows) > n: // at a width of n there are fewer
			a.width = max(min(a.width, end-after)/2, store.Seq(n))
			continue
		case len(rows) <= n/4 && a.width < 1<<62:
			a.width *= 2
		}
		if len(rows) > 0 || stop == end {
			slices.Reverse(rows)
			return rows, stop - 1, nil
		}
		after = stop - 1
	}
	return nil, max(end, 1) - 1, nil
}

// MatchLetter tells whether a filter wants a dead letter. The row is as the store kept it, but for its payload.
func MatchLetter(d DeadLetter, f Filter) (row Listed, wanted bool) {
	row = Listed{d.kept(), d.Meta, Fate{State: StateDeadLetter, Letter: d.Key}}
	first, end, none := f.span()
	outside := none || row.Seq < first || end > 0 && row.Seq >= end
	return row, !outside && f.knows(row.Kept, row.Meta) && f.wants(row.Fate)
}

// Match reads what has become of a kept notification and tells whether a filter wants it.
func Match(ctx context.Context, s store.Store, k store.Kept, f Filter, paused bool) (row Listed, wanted bool, err error) {
	meta, _ := ReadMeta(k.Meta) // it is matched without
	first, end, none := f.span()
	if none || k.Seq < first || end > 0 && k.Seq >= end || !f.knows(k, meta) {
		return Listed{}, false, nil
	}
	fate, err := FateOf(ctx, s, k, paused)
	return Listed{k, meta, fate}, err == nil && f.wants(fate), err
}
