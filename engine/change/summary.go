package change

import (
	"errors"
	"time"
)

// Summary is what a stored checkpoint tells without its chunks.
type Summary struct {
	Detect    string    `json:"detect"` // "dates" or "hash"
	Activated time.Time `json:"activated"`
	Mark      time.Time `json:"mark,omitzero"`     // dates: the greatest record date passed
	Scans     uint64    `json:"scans,omitempty"`   // hash: number of the last complete scan
	Objects   int       `json:"objects,omitempty"` // hash: how many are remembered
	Baselined bool      `json:"baselined"`         // the first scan has ended
	Open      bool      `json:"open"`              // a scan was committed half-way and goes on
	Held      *Held     `json:"held,omitempty"`
}

// Summarize reads a stored checkpoint of either kind.
func Summarize(record []byte) (Summary, error) {
	if len(record) == 0 {
		return Summary{}, errors.New("checkpoint is empty")
	}
	if record[0] == checkpointFormat {
		var s state
		if _, err := s.read(record); err != nil {
			return Summary{}, err
		}
		c := Checkpoint{state: s}
		return Summary{Detect: "dates", Activated: time.UnixMilli(s.Activated).UTC(), Mark: c.Mark(), Baselined: s.Baselined, Open: s.Scan != nil}, nil
	}
	h, err := readHashHead(record)
	return Summary{
		Detect: "hash", Activated: time.UnixMilli(h.Activated).UTC(), Scans: h.Generation, Objects: h.Objects, Baselined: h.Baselined, Open: h.Scan != nil, Held: h.Held,
	}, err
}
