package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/instance"
)

// EventFilter says which events are wanted, in the words of a request. Of each field "" wants all.
type EventFilter struct {
	Status   string `json:"status,omitempty"` // the platform's word: NEW, RECEIVED, DISPATCHED, CONSUMED or NOTIFIED
	State    string `json:"state,omitempty"`  // ours, see deliver.State
	Type     string `json:"type,omitempty"`   // holds a change that is CREATED, UPDATED or DELETED
	Resource string `json:"resource,omitempty"`
	ObjectID string `json:"objectId,omitempty"` // holds a change of this object
	From     string `json:"from,omitempty"`     // ISO 8601; stored at or after it
	To       string `json:"to,omitempty"`       // stored before it
}

// The platform's words for states that nothing is in here: they are understood and find nothing.
const (
	statusNew      deliver.Status = "NEW"
	statusConsumed deliver.Status = "CONSUMED"
)

// parse reports all faults at once, as an *instance.InvalidError.
func (f EventFilter) parse() (deliver.Filter, error) {
	var faults faultList
	out := deliver.Filter{
		Resource: f.Resource, ObjectID: f.ObjectID,
		Status: word(&faults, "status", strings.ToUpper(f.Status), statusNew, deliver.StatusReceived, deliver.StatusDispatched, statusConsumed, deliver.StatusNotified),
		State:  word(&faults, "state", strings.ToLower(f.State), deliver.States()...),
		Type:   word(&faults, "type", strings.ToUpper(f.Type), change.Created, change.Updated, change.Deleted),
		From:   faults.time("from", f.From),
		To:     faults.time("to", f.To),
	}
	if !out.From.IsZero() && !out.To.IsZero() && out.To.Before(out.From) {
		faults.add("to", "is before from")
	}
	return out, faults.err()
}

// faultList gathers what is wrong with the parameters of a request.
type faultList []instance.Problem

func (l *faultList) add(path, format string, args ...any) {
	*l = append(*l, instance.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

func (l *faultList) err() error {
	if len(*l) == 0 {
		return nil
	}
	return &instance.InvalidError{Problems: *l}
}

// word takes a text for one of some words.
func word[W ~string](faults *faultList, path, text string, words ...W) W {
	if text != "" && !slices.Contains(words, W(text)) {
		faults.add(path, "should be one of %s, is %q", strings.Trim(fmt.Sprint(words), "[]"), short(text))
	}
	return W(text)
}

// time reads the usual forms of ISO 8601: a moment with its zone, one without, which is UTC, or a day.
func (l *faultList) time(path, text string) time.Time {
	if text == "" {
		return time.Time{}
	}
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC()
		}
	}
	l.add(path, `should be a time like 2026-06-09T20:47:01Z, is %q (in a query, "+" is written %%2B)`, short(text))
	return time.Time{}
}

// short bounds what a message repeats of a request.
func short(text string) string {
	const most = 100
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "..."
}
