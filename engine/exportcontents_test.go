package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

// Contents is all that the store has for an instance and its organization, as text: records with their chunks, logs, and notifications.
func (e *Engine) Contents(ctx context.Context, in *Instance) (string, error) {
	var b strings.Builder
	name := idText(in.ID)
	for p := range store.Partition(store.Partitions) {
		records, err := e.store.Scan(ctx, p, "", store.Key{}, 10_000)
		if err != nil {
			return "", err
		}
		for _, rec := range records {
			chunks, err := e.store.Chunks(ctx, rec.Key, "", 10_000)
			if err != nil {
				return "", err
			}
			fmt.Fprintf(&b, "%s %d %q %+v\n", rec.Key.Name, rec.Version, rec.Value, chunks)
		}
	}
	for _, log := range []string{"polls/" + name, "changes/" + name, "rewinds/" + name, auditKey(in.Organization).Name} {
		entries, err := e.store.History(ctx, store.Key{Partition: store.PartitionOf(log[strings.LastIndexByte(log, '/')+1:]), Name: log}, "", 10_000)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s %+v\n", log, entries)
	}
	kept, err := e.store.Kept(ctx, name, 0, 10_000)
	fmt.Fprintf(&b, "%+v\n", kept)
	return b.String(), err
}

// ByHand is how many polls by hand are under way, or wait for one.
func (e *Engine) ByHand() int { return len(e.hands.turns) }
