package deliver

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

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
	Said         string    // the beginning of the answer's body, as text
}

// Delivered says whether the callback took the notification.
func (a Attempt) Delivered() bool { return a.Err == nil && Answer{Status: a.Status}.ok() }

// why says in words why it was not delivered: without the callback's address, which can hold a secret.
func (a Attempt) why() string {
	switch {
	case a.Err != nil:
		return string(a.Fault) + ": " + a.Err.Error()
	case a.Delivered():
		return ""
	}
	return fmt.Sprintf("the callback answered %d", a.Status)
}

// attemptRow is the stored form of an attempt, version 2 (testdata/attempt.v2.golden, refusal.v2.golden). Version 1 had no answer, and lane
// and seq of refusals only. Kept are those attempts that delivered a notification or count against it; one that a callback in trouble did
// not take writes nothing.
type attemptRow struct {
	Version  int    `json:"v"`
	At       int64  `json:"at"`       // Unix milliseconds
	Duration int64  `json:"duration"` // milliseconds
	Status   int    `json:"status"`
	Number   int    `json:"attempt"`
	Resource string `json:"resource"`
	Events   int    `json:"events"`
	Fault    Fault  `json:"fault,omitempty"`
	// Of a refusal: what an earlier process counted is taken up by the next one.
	Refusals int       `json:"refusals,omitempty"`
	Lane     uint16    `json:"lane,omitempty"`
	Seq      store.Seq `json:"seq,omitempty"` // of the row that was sent
	Said     string    `json:"answer,omitempty"`
}

const attemptVersion = 2

// HistoryKey is the record whose log holds the attempts of a notification.
func HistoryKey(instance, notification string) store.Key {
	return store.Key{Partition: store.PartitionOf(instance), Name: "notification/" + notification}
}

// entry is the log row of an attempt. Its id is the attempt's time in fixed width: one notification has one request in flight, so no two
// attempts share it, and a commit that is repeated writes the same row.
func (a Attempt) entry(l store.Lane, seq store.Seq, keep time.Duration) store.Entry {
	value, _ := json.Marshal(attemptRow{ // numbers and text always encode
		Version: attemptVersion, At: a.At.UnixMilli(), Duration: a.Duration.Milliseconds(), Status: a.Status, Number: a.Number,
		Resource: a.Resource, Events: a.Events, Fault: a.Fault, Refusals: a.Refusals, Lane: l.Number, Seq: seq, Said: a.Said,
	})
	return store.Entry{
		Key:     HistoryKey(a.Instance, a.Notification),
		ID:      a.At.UTC().Format("20060102T150405.000000000Z"),
		Value:   value,
		Expires: a.At.Add(keep),
	}
}

// How much of an answer's body is kept, in bytes: of a failure, which its user wants to understand, and of a 2xx, which is an "ok" mostly.
const (
	saidOfFailure = 1024
	saidOfSuccess = 256
)

// said is the beginning of an answer's body, as text; what is not UTF-8 in it is U+FFFD.
func said(answer Answer) string {
	most := saidOfFailure
	if answer.ok() {
		most = saidOfSuccess
	}
	body := answer.Body
	if len(body) > most {
		body = body[:most]
		for n := 1; n < utf8.UTFMax && n <= len(body); n++ { // not in the middle of a character
			if tail := body[len(body)-n:]; utf8.RuneStart(tail[0]) {
				if !utf8.FullRune(tail) {
					body = body[:len(body)-n]
				}
				break
			}
		}
	}
	return strings.ToValidUTF8(string(body), "\uFFFD")
}
