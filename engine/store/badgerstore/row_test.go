package badgerstore

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// Rows that are made at the same time keep what each was made of, and take no more memory than they have bytes.
func TestRowsShareNothing(t *testing.T) {
	t.Parallel()
	var made sync.WaitGroup
	for maker := range 8 {
		made.Go(func() {
			var rows, bodies [][]byte
			for i := range 200 {
				body := []byte(strings.Repeat(fmt.Sprintf("%d of maker %d; ", i, maker), 1+i*i%97))
				bodies, rows = append(bodies, body), append(rows, entryRow(time.UnixMilli(int64(i+1)), body))
			}
			for i, row := range rows {
				expires, body, err := readEntry(row)
				if err != nil || !bytes.Equal(body, bodies[i]) || expires.UnixMilli() != int64(i+1) {
					t.Errorf("row %d of maker %d: %v %.40q %v", i, maker, expires, body, err)
				}
				if len(row) > len(bodies[i])+32 || cap(row) > len(row)+len(row)/4+32 { // as the allocator rounds up
					t.Errorf("row %d of a body of %d bytes: %d bytes in %d of memory", i, len(bodies[i]), len(row), cap(row))
				}
			}
		})
	}
	made.Wait()
}
