package sim

import (
	"math"
	"net/url"
	"time"
)

// filter is the conditions on dates, as milliseconds since 1970, bounds included.
type filter struct {
	createdFrom, createdTo   int64
	modifiedFrom, modifiedTo int64
}

func (s *Sim) filterOf(q url.Values) (f filter, err error) {
	for _, bound := range []struct {
		name   string
		into   *int64
		absent int64
		lower  bool
	}{
		{"createdafter", &f.createdFrom, math.MinInt64, true},
		{"createdbefore", &f.createdTo, math.MaxInt64, false},
		{"modafter", &f.modifiedFrom, math.MinInt64, true},
		{"modbefore", &f.modifiedTo, math.MaxInt64, false},
	} {
		n, err := integer(q, bound.name, bound.absent)
		if err != nil {
			return filter{}, err
		}
		if given := n != bound.absent; given && bound.lower && !s.options.AfterInclusive {
			n++
		} else if given && !bound.lower && !s.options.BeforeInclusive {
			n--
		}
		*bound.into = n
	}
	return f, nil
}

func (f filter) passes(c *contact) bool {
	return f.passesCreated(c.created) && c.modified.UnixMilli() >= f.modifiedFrom && c.modified.UnixMilli() <= f.modifiedTo
}

func (f filter) passesCreated(t time.Time) bool {
	return t.UnixMilli() >= f.createdFrom && t.UnixMilli() <= f.createdTo
}
