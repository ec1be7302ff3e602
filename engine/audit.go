package engine

import (
	"context"
	"encoding/json"
	"time"

	"github.com/pollwright/pollwright/engine/poll"
	"github.com/pollwright/pollwright/engine/store"
)

// AuditEntry is one change that somebody made.
type AuditEntry struct {
	ID           string    `json:"id"` // sorts by time
	Time         time.Time `json:"time"`
	Organization int64     `json:"organizationId"`
	User         int64     `json:"userId,omitempty"` // 0 = whoever runs the server
	From         string    `json:"from,omitempty"`   // address of the client
	Request      string    `json:"requestId,omitempty"`
	Action       string    `json:"action"`           // "instance.create"
	Subject      string    `json:"subject"`          // "instances/1234567"
	Detail       string    `json:"detail,omitempty"` // for people; no secrets
}

// auditTime is how long entries are kept.
const auditTime = 365 * 24 * time.Hour

func auditKey(organization int64) store.Key {
	name := idText(organization)
	return store.Key{Partition: store.PartitionOf(name), Name: "audit/" + name}
}

// note enters a change, which was made, into the log of the caller's organization. What cannot be entered is in the server's own log.
func (e *Engine) note(ctx context.Context, caller Caller, action, subject, detail string) {
	ctx = context.WithoutCancel(ctx) // it was done, whoever still listens
	now := e.config.Now()
	entry := AuditEntry{poll.NewID(now), now.UTC(), caller.Organization, caller.User, caller.From, caller.Request, action, subject, detail}
	value, err := json.Marshal(entry)
	if err == nil {
		_, err = store.One(e.store.Commit(ctx, store.Change{Log: []store.Entry{
			{Key: auditKey(caller.Organization), ID: entry.ID, Value: value, Expires: now.Add(auditTime)},
		}}))
	}
	if err != nil {
		e.log.Error("change not in the audit log", "action", action, "subject", subject, "user", caller.User, "from", caller.From, "err", err)
	}
}

// ofInstance is the subject of an entry about an instance.
func ofInstance(id int64) string { return "instances/" + idText(id) }
