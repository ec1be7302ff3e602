package badgerstore

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/dgraph-io/badger/v4"
)

// A dump is every row of the store as of one moment: length of the key (uvarint), key, end of life in Unix seconds (uvarint; 0 = never), length of
// the row (uvarint), row; then a 0 in place of a length and the number of rows (uvarint). It is in clear and does not guard itself against
// damage: whoever keeps it seals it.
//
// Badger has a backup of its own, which reads with a transaction for each of its workers: the rows of one commit could be there in part, a
// checkpoint without the events it has passed.

// longestKey and longestRow bound what a reader of a dump believes.
const (
	longestKey = 64 << 10
	longestRow = maxBody + longestKey
)

// errDump is wrapped by the error about a dump that does not read.
var errDump = errors.New("damaged or incomplete rows")

// Dump writes all rows of one moment, while the store is used, and returns how many there were. begin is called when the moment is fixed, and tells
// where to write: what is committed from then on is not among the rows. What is deleted meanwhile stays on the disk until the dump ends.
func (s *Store) Dump(ctx context.Context, begin func() (io.Writer, error)) (rows int64, err error) {
	err = s.view(ctx, "dump", func(txn *badger.Txn) error { // Invariant 2: one transaction, so that what was committed together is there together
		w, err := begin()
		if err != nil {
			return err
		}
		out := bufio.NewWriter(w)
		if rows, err = dumpAll(ctx, txn, out); err != nil {
			return err
		}
		_, _ = out.Write(binary.AppendUvarint([]byte{0}, uint64(rows)))
		return out.Flush()
	})
	return rows, err
}

func dumpAll(ctx context.Context, txn *badger.Txn, out *bufio.Writer) (rows int64, err error) {
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		if err := dumpRow(out, it.Item()); err != nil {
			return rows, err
		}
		rows++
	}
	return rows, nil
}

func dumpRow(out *bufio.Writer, item *badger.Item) error {
	key := item.Key()
	head := append(binary.AppendUvarint(nil, uint64(len(key))), key...)
	head = binary.AppendUvarint(head, item.ExpiresAt())
	return item.Value(func(row []byte) error {
		_, _ = out.Write(binary.AppendUvarint(head, uint64(len(row))))
		_, err := out.Write(row) // it keeps the first error
		return err
	})
}

// ReadDump gives each row of a dump to fn, whose own it is, and returns how many there were.
func ReadDump(r io.Reader, fn func(key, row []byte, expires uint64) error) (rows int64, err error) {
	in := bufio.NewReader(r)
	for {
		key, err := readPiece(in, longestKey)
		if err != nil {
			return rows, err
		}
		if len(key) == 0 {
			return rows, readEnd(in, rows)
		}
		expires, err := binary.ReadUvarint(in)
		if err != nil {
			return rows, cut(err)
		}
		row, err := readPiece(in, longestRow)
		if err != nil {
			return rows, err
		}
		if err := fn(key, row, expires); err != nil {
			return rows, err
		}
		rows++
	}
}

func readPiece(in *bufio.Reader, longest uint64) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return nil, cut(err)
	}
	if n > longest {
		return nil, fmt.Errorf("%w: a piece of %d bytes", errDump, n)
	}
	var piece bytes.Buffer // it grows with what comes, and not with what was announced
	if _, err := io.CopyN(&piece, in, int64(n)); err != nil {
		return nil, cut(err)
	}
	return piece.Bytes(), nil
}

func readEnd(in *bufio.Reader, rows int64) error {
	told, err := binary.ReadUvarint(in)
	if err != nil {
		return cut(err)
	}
	if told != uint64(rows) {
		return fmt.Errorf("%w: %d rows, where %d were written", errDump, rows, told)
	}
	_, err = in.ReadByte()
	switch {
	case errors.Is(err, io.EOF):
		return nil
	case err == nil:
		return fmt.Errorf("%w: bytes behind the end", errDump)
	}
	return err
}

// cut is the error of a read that should not have met the end.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: they end too early", errDump)
	}
	return err
}
