package deliver

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/store"
)

// SampleResource is the resource of a sample notification, and the id of its object.
const SampleResource = "test"

// sample is a notification of one event, in the form that those of the source have, which tells of a record that does not exist. No two
// have the same ids: a receiver that skips what it has seen takes each.
func sample(src Source, now time.Time) store.Notification {
	src.Resource, src.PollDate = SampleResource, now
	record, _ := json.Marshal(map[string]string{ // texts always encode
		"id": SampleResource, "message": "This is a test of the callback. No record was created.", "date": now.UTC().Format(time.RFC3339),
	})
	return Form(src, []change.Change{{ObjectID: SampleResource, Kind: change.Created, Version: rand.Text(), Date: now, Record: record}})[0]
}

// Test sends a sample notification to a target, at once and once: with the headers, signatures, address guard and timeout of a real one. It
// is not stored and changes nothing of what waits, and a target that is paused or switched off is tested all the same. The error says that
// there was no attempt: a secret cannot be read, or ctx ended.
func (s *Sender) Test(ctx context.Context, src Source, target Target) (Attempt, Answer, error) {
	row := sample(src, time.Now())
	a, answer, err := s.attempt(ctx, &lane{key: row.Lane}, row, target)
	if err == nil && a.Err != nil {
		err = ctx.Err()
	}
	return a, answer, err
}
