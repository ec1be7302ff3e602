package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
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

// noteOwn enters what the engine did of itself to an instance.
func (e *Engine) noteOwn(ctx context.Context, id int64, action, detail string) {
	in, err := e.lives.get(context.WithoutCancel(ctx), id)
	if err != nil {
		e.log.Error("change not in the audit log", "action", action, "instance", id, "err", err)
		return
	}
	e.note(ctx, Caller{Organization: in.Organization, From: "engine"}, action, ofInstance(id), short(detail))
}

// AuditQuery says which entries Audit returns. Of each field "" wants all.
type AuditQuery struct {
	Action  string // "instance.create", or what it begins with: "instance"
	Subject string // "instances/1234567", and what is below it
	User    string // id
	From    string // ISO 8601; made at or after it
	To      string // made before it
	Page    string // token of the page; "" = the first
	Size    int    // most entries
}

// Bounds on one page of the audit log: how many entries it looks at, and how many at a time.
const (
	auditLook = 10_000
	auditStep = 500
)

// Audit lists the changes that were made in the caller's organization, newest first, for a year, and the token of the next page ("" = none).
// A page that has looked at 10,000 entries ends. An *instance.InvalidError tells what is wrong with the query.
func (e *Engine) Audit(ctx context.Context, caller Caller, q AuditQuery) (list []AuditEntry, next string, err error) {
	keep, err := q.parse()
	if err != nil {
		return nil, "", err
	}
	before := q.Page
	for looked := 0; ; {
		rows, err := e.store.History(ctx, auditKey(caller.Organization), before, auditStep)
		if err != nil || len(rows) == 0 {
			return list, "", err
		}
		for _, row := range rows {
			var entry AuditEntry
			if err := json.Unmarshal(row.Value, &entry); err != nil {
				return nil, "", fmt.Errorf("audit entry %s: %w", row.ID, err)
			}
			if keep(entry) {
				if len(list) == q.Size {
					return list, before, nil
				}
				list = append(list, entry)
			}
			before, looked = row.ID, looked+1
		}
		if looked >= auditLook {
			return list, before, nil
		}
	}
}

// parse reports all faults at once, as an *instance.InvalidError.
func (q AuditQuery) parse() (keep func(AuditEntry) bool, err error) {
	var faults faultList
	from, to := faults.time("from", q.From), faults.time("to", q.To)
	user, err := parseID(q.User)
	if err != nil && q.User != "" {
		faults.add("user", "should be the number of a user, or 0 for what the engine did, is %q", short(q.User))
	}
	if !auditPage.MatchString(q.Page) {
		faults.add("nextPage", "is not a page token of this service")
	}
	return func(a AuditEntry) bool {
		return within(a.Action, q.Action, '.') && within(a.Subject, q.Subject, '/') && (q.User == "" || a.User == user) &&
			!a.Time.Before(from) && (to.IsZero() || a.Time.Before(to))
	}, faults.err()
}

// auditPage is the form of an entry's id, which is also the page token.
var auditPage = regexp.MustCompile(`^([0-9a-f]{24})?$`)

// within reports whether a name is the wanted one, or one below it.
func within(name, wanted string, mark byte) bool {
	return wanted == "" || name == wanted || strings.HasPrefix(name, wanted+string(mark))
}

// ofInstance is the subject of an entry about an instance.
func ofInstance(id int64) string { return "instances/" + idText(id) }
