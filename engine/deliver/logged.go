package deliver

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// Logged is an attempt as the log keeps it: one that delivered a notification or counts against it.
type Logged struct {
	Number   int
	At       time.Time // milliseconds
	Duration time.Duration
	Status   int    // 0 = no answer
	Fault    Fault  // "" = it was delivered
	Said     string // the beginning of the answer's body

	seq  store.Seq // of the row that was sent; 0 in rows of version 1
	lane uint16
}

// Delivered says whether the callback took the notification.
func (l Logged) Delivered() bool { return Answer{Status: l.Status}.ok() }

// attempts reads the log of a notification, newest first, up to maxAttempts of all its sendings.
func attempts(ctx context.Context, s store.Store, instance, notification string) ([]Logged, error) {
	const maxAttempts = 100
	entries, err := s.History(ctx, HistoryKey(instance, notification), "", maxAttempts)
	if err != nil {
		return nil, fmt.Errorf("read attempts: %w", err)
	}
	list := make([]Logged, 0, len(entries))
	for _, e := range entries {
		l, err := readAttempt(e.Value)
		if err != nil {
			return nil, fmt.Errorf("attempt %s of %s: %w", e.ID, notification, err)
		}
		list = append(list, l)
	}
	return list, nil
}

func readAttempt(value []byte) (Logged, error) {
	var row attemptRow
	if err := json.Unmarshal(value, &row); err != nil {
		return Logged{}, err
	}
	if row.Version < 1 || row.Version > attemptVersion {
		return Logged{}, fmt.Errorf("version %d; this build reads versions 1 to %d", row.Version, attemptVersion)
	}
	return Logged{
		Number: row.Number, At: time.UnixMilli(row.At).UTC(), Duration: time.Duration(row.Duration) * time.Millisecond, Status: row.Status,
		Fault: row.Fault, Said: row.Said, seq: row.Seq, lane: row.Lane,
	}, nil
}
