package deliver

import (
	"encoding/json"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Attempt is one request of one notification and what came of it.
type Attempt struct {
	Instance     string
	Resource     string
	Notification string // the webhook-id
	Events       int
	Number       int // from 1; counted since this process first sent the notification
	At           time.Time
	Duration     time.Duration
	Status       int       // 0 = no answer
	Fault        Fault     // why it was not delivered; "" = it was
	Cut          Fault     // why the answer's body is incomplete; "" = it is not
	Refusals     int       // faults that count against the notification so far, this one among them; 0 = the callback is to blame
	Err          error     // why there is no answer; nil with any status
	Formed       time.Time // of the poll that saw the changes; zero if unknown
}

// Delivered says whether the callback took the notification.
func (a Attempt) Delivered() bool { return a.Err == nil && Answer{Status: a.Status}.ok() }

// attemptRow is the stored form of an attempt, version 1 (testdata/attempt.v1.golden, refusal.v1.golden). Kept are those that delivered
// a notification or count against it; an attempt that a callback in trouble did not take writes nothing.
type attemptRow struct {
	Version  int    `json:"v"`
	At       int64  `json:"at"`       // Unix milliseconds
	Duration int64  `json:"duration"` // milliseconds
	Status   int    `json:"status"`
	Number   int    `json:"attempt"`
	Resource string `json:"resource"`
	Events   int    `json:"events"`
	// Of a refusal: what an earlier process counted is taken up by the next one.
	Fault    Fault     `json:"fault,omitempty"`
	Refusals int       `json:"refusals,omitempty"`
	Lane     uint16    `json:"lane,omitempty"`
	Seq      store.Seq `json:"seq,omitempty"`
}

// HistoryKey is the record whose log holds the attempts of a notification.
func HistoryKey(instance, notification string) store.Key {
	return store.Key{Partition: store.PartitionOf(instance), Name: "notification/" + notification}
}

// entry is the log row of an attempt. Its id is the attempt's time in fixed width: one notification has one request in flight, so no two
// attempts share it, and a commit that is repeated writes the same row.
func (a Attempt) entry(l store.Lane, seq store.Seq, keep time.Duration) store.Entry {
	row := attemptRow{
		Version: 1, At: a.At.UnixMilli(), Duration: a.Duration.Milliseconds(), Status: a.Status,
		Number: a.Number, Resource: a.Resource, Events: a.Events, Fault: a.Fault,
	}
	if a.Refusals > 0 {
		row.Refusals, row.Lane, row.Seq = a.Refusals, l.Number, seq
	}
	value, _ := json.Marshal(row) // numbers and text always encode
	return store.Entry{
		Key:     HistoryKey(a.Instance, a.Notification),
		ID:      a.At.UTC().Format("20060102T150405.000000000Z"),
		Value:   value,
		Expires: a.At.Add(keep),
	}
}
