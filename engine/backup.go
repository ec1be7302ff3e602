package engine

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pollwright/pollwright/engine/credential"
)

// A backup is a file of three parts: the line backupMark, a line of JSON (backupHead), and the rows of the store as of one moment, sealed under a key
// of the backup's own; both lines are the context of the seal, so that they cannot be changed either. Persisted format: a change of it is another
// number in the mark.
const (
	backupMark       = "pollwright backup 1\n"
	backupKeyContext = "pollwright backup key v1"
)

// backupHead is what is needed, beside the master key, to read the rest. Nothing in it is in clear but the time.
type backupHead struct {
	Made     time.Time       `json:"made"`
	Keyset   json.RawMessage `json:"keyset"`   // wrapped by the master key
	StoreKey []byte          `json:"storeKey"` // sealed under the keyset
	Key      []byte          `json:"key"`      // of the rows, sealed under the keyset
}

// Backup writes a copy of what the data folder holds at one moment, sealed so that only the master key of now opens it, while everything goes on. One
// at a time; an error before the first byte is a *ForbiddenError or a *ConflictError.
func (e *Engine) Backup(ctx context.Context, caller Caller, w io.Writer) error {
	if caller.Role != RoleServer {
		return notServer
	}
	if !e.backing.TryLock() {
		return &ConflictError{"another backup is being taken: wait for its end, or end it"}
	}
	defer e.backing.Unlock()
	began := e.config.Now()
	e.note(ctx, caller, "backup.take", "backup", "") // before, so that the backup itself tells of it
	rows, err := e.backup(ctx, w, began)
	if e.metrics != nil { // a stopped server's has none
		e.metrics.backup(began, err)
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	e.log.Info("backup taken", "rows", rows, "duration", e.config.Now().Sub(began), "user", caller.User)
	return nil
}

func (e *Engine) backup(ctx context.Context, w io.Writer, now time.Time) (rows int64, err error) {
	var sealing io.WriteCloser
	rows, err = e.folder.Dump(ctx, func() (io.Writer, error) {
		// Not before the moment of the rows is fixed: the keyset must hold every key that has sealed one of them.
		sealing, err = beginBackup(e.vault, w, now)
		return sealing, err
	})
	if err != nil {
		return rows, err
	}
	return rows, sealing.Close()
}

// beginBackup writes the first two parts.
func beginBackup(vault *credential.Vault, w io.Writer, now time.Time) (io.WriteCloser, error) {
	key, sealedKey, err := vault.NewStreamKey([]byte(backupKeyContext))
	if err != nil {
		return nil, err
	}
	head := backupHead{Made: now.UTC(), Key: sealedKey}
	if head.Keyset, head.StoreKey, err = vault.Export(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(head)
	if err != nil {
		return nil, err
	}
	lines := append(append([]byte(backupMark), line...), '\n')
	if _, err := w.Write(lines); err != nil {
		return nil, err
	}
	return key.Seal(w, lines)
}

// longestHead bounds the head of a file that may be none of ours. Each rotation of the data key makes it some hundred bytes longer.
const longestHead = 1 << 20

// readHead reads the first two parts, and returns their text, too.
func readHead(in *bufio.Reader) (head backupHead, lines []byte, err error) {
	mark := make([]byte, len(backupMark))
	if _, err := io.ReadFull(in, mark); err != nil || string(mark) != backupMark {
		return head, nil, notABackup(mark, err)
	}
	line, err := in.ReadSlice('\n')
	if err == nil {
		err = json.Unmarshal(line, &head)
	}
	if err != nil {
		return head, nil, fmt.Errorf("the second line of the backup is damaged or missing: %w", err)
	}
	return head, append(mark, line...), nil
}

func notABackup(mark []byte, err error) error {
	kind := backupMark[:len(backupMark)-2] // without the number
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	case len(mark) >= len(kind) && string(mark[:len(kind)]) == kind:
		return errors.New("the backup is of a newer format: restore it with the version that made it, or a newer one")
	}
	return errors.New("this is no backup: one begins with " + backupMark[:len(backupMark)-1])
}
