package engine

import (
	"context"

	"github.com/pollwright/pollwright/engine/deliver"
)

// Explanation is why an event was told: the poll that saw it, what was asked, which dates decided, and what became of it.
type Explanation struct {
	Event   Event             `json:"event"`          // with its attempts
	Poll    *Outcome          `json:"poll,omitempty"` // that saw the changes; absent when it is not kept any more
	Changes []ExplainedChange `json:"changes"`
}

// ExplainedChange is a change with what decided about its type. Rule, Window and Version are absent when they are not kept any more: they are
// kept as long as what was delivered.
type ExplainedChange struct {
	EventChange
	Rule    string  `json:"rule,omitempty"`        // in words
	Updated string  `json:"updatedDate,omitempty"` // as the record has it
	Created string  `json:"createdDate,omitempty"` // as the record has it
	Version string  `json:"version,omitempty"`     // that tells the states of the object apart; opaque
	Window  *Window `json:"window,omitempty"`      // of record dates that was asked for
}

// Explain tells why an event, found by its id or by that of one of its changes, was told. Errors: ErrNotFound.
func (e *Engine) Explain(ctx context.Context, caller Caller, id int64, eventID string) (x Explanation, err error) {
	row, callback, err := e.event(ctx, caller, id, eventID)
	if err != nil {
		return x, err
	}
	x = Explanation{Event: detailed(id, row, callback), Changes: []ExplainedChange{}}
	told, _ := row.Meta.Told() // rows of an older form have none
	found, err := e.journal.Explain(ctx, id, row.Meta.Resource, row.Meta.Formed, idsOf(told))
	if err != nil {
		return x, err
	}
	x.Poll = found.Outcome
	for _, t := range told {
		c := ExplainedChange{EventChange: viewTold(t)}
		if kept, ok := found.Changes[t.EventID]; ok {
			c.Rule, c.Updated, c.Created, c.Version = kept.Rule, kept.Updated, kept.Created, kept.Version
			window := found.Window
			c.Window = &window
		}
		x.Changes = append(x.Changes, c)
	}
	return x, nil
}

func idsOf(told []deliver.Told) []string {
	ids := make([]string, len(told))
	for i, t := range told {
		ids[i] = t.EventID
	}
	return ids
}
