package deliver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

// ErrNoDeadLetter: there is no such dead letter, or it was sent again or deleted meanwhile.
var ErrNoDeadLetter = errors.New("there is no such dead letter")

// DeadLetters lists up to n dead letters of an instance without payloads, oldest first: those given up at or after from, behind the given
// key (zero Key = from the first).
func DeadLetters(ctx context.Context, s store.Store, instance string, from time.Time, after store.Key, n int) ([]DeadLetter, error) {
	if after.Name == "" && !from.IsZero() {
		after = letterKey(instance, from, "") // sorts before every id
	}
	records, err := s.Scan(ctx, store.PartitionOf(instance), letterPrefix(instance), after, n)
	if err != nil {
		return nil, fmt.Errorf("list dead letters: %w", err)
	}
	letters := make([]DeadLetter, 0, len(records))
	for _, rec := range records {
		d, err := readLetter(rec)
		if err != nil {
			return nil, err
		}
		letters = append(letters, d)
	}
	return letters, nil
}

// ReadDeadLetter reads a dead letter with its payload, or returns ErrNoDeadLetter.
func ReadDeadLetter(ctx context.Context, s store.Store, key store.Key) (DeadLetter, error) {
	records, err := s.Get(ctx, key)
	if err != nil {
		return DeadLetter{}, fmt.Errorf("read dead letter: %w", err)
	}
	if records[0].Version == 0 {
		return DeadLetter{}, ErrNoDeadLetter
	}
	d, err := readLetter(records[0])
	if err != nil {
		return DeadLetter{}, err
	}
	for after := ""; len(d.Payload) < d.Size; {
		chunks, err := s.Chunks(ctx, key, after, 16)
		if err != nil {
			return DeadLetter{}, fmt.Errorf("read dead letter: %w", err)
		}
		if len(chunks) == 0 {
			return DeadLetter{}, ErrNoDeadLetter // deleted between the reads
		}
		for _, c := range chunks {
			d.Payload, after = append(d.Payload, c.Value...), c.ID
		}
	}
	return d, nil
}

// SendAgain moves a dead letter back to the end of its lane, with its id and its bytes. It returns ErrNoDeadLetter if somebody else did.
// Any other error may mean that it was moved all the same; trying again is safe.
func (s *Sender) SendAgain(ctx context.Context, key store.Key) error {
	d, err := ReadDeadLetter(ctx, s.cfg.Store, key)
	if err != nil {
		return err
	}
	c := d.again()
	out, err := store.One(s.cfg.Store.Commit(ctx, c))
	switch {
	case errors.Is(err, store.ErrConflict):
		return ErrNoDeadLetter
	case err != nil:
		s.Take(c.Emit, nil)
		return fmt.Errorf("send dead letter again: %w", err)
	}
	s.Take(c.Emit, out.Seqs)
	return nil
}

// DropDeadLetters deletes all dead letters of an instance that was deleted.
func DropDeadLetters(ctx context.Context, s store.Store, instance string) error {
	const step = 100
	for {
		records, err := s.Scan(ctx, store.PartitionOf(instance), letterPrefix(instance), store.Key{}, step)
		if err != nil || len(records) == 0 {
			return err
		}
		var c store.Change
		for _, rec := range records {
			c.Puts = append(c.Puts, store.Put{Key: rec.Key, Expect: rec.Version})
		}
		// A conflict says that one was sent again meanwhile: look again.
		if _, err := store.One(s.Commit(ctx, c)); err != nil && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("drop dead letters: %w", err)
		}
	}
}
