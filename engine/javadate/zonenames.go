package javadate

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"time"
)

// zonenames.txt lists the English names of zones as JDK 17 has them, in the order in which it searches
// them: standard long|short|daylight long|short|zones with these names, each with "+minutes" of its
// present daylight saving. It is what DateFormatSymbols.getZoneStrings and TimeZone.getDSTSavings say,
// without the SystemV/ zones, which nothing else has.
//
//go:embed zonenames.txt
var zoneNamesText string

// zoneNames is a line of the list.
type zoneNames struct {
	names [4]string // standard long, standard short, daylight long, daylight short
	first string    // the zone that a name stands for, unless the format's own zone has that name
	load  func() (*time.Location, error)
}

// namesOf is the place of a zone in the list.
type namesOf struct {
	row    *zoneNames
	saving int32 // milliseconds that its present daylight saving adds
}

type zoneIndex struct {
	rows []*zoneNames
	zone map[string]namesOf
}

// zoneList reads the list when it is first needed.
var zoneList = sync.OnceValue(func() zoneIndex {
	index := zoneIndex{zone: make(map[string]namesOf, 700)}
	for line := range strings.Lines(zoneNamesText) {
		part := strings.Split(strings.TrimSpace(line), "|")
		row := &zoneNames{names: [4]string(part[:4])}
		for id := range strings.FieldsSeq(part[4]) {
			id, minutes, _ := strings.Cut(id, "+")
			n, _ := strconv.Atoi(minutes)
			if row.first == "" {
				row.first = id
			}
			index.zone[id] = namesOf{row: row, saving: int32(n) * 60_000}
		}
		row.load = sync.OnceValues(func() (*time.Location, error) { return loadZone(row.first) })
		index.rows = append(index.rows, row)
	}
	return index
})

// match tells which of the names text has at a place, in any case, or -1.
func (z *zoneNames) match(text string, at int) int {
	for i, name := range z.names {
		if hasPrefixFold(text[at:], name) {
			return i
		}
	}
	return -1
}

// displayName is the name of a zone at an instant: short or long, by the clock then in force. A zone
// without a name is told as GMT and its offset.
func displayName(t time.Time, long bool) string {
	named, ok := zoneList().zone[t.Location().String()]
	if !ok {
		_, offset := t.Zone()
		return offsetName(offset)
	}
	i := 1
	if long {
		i = 0
	}
	if _, saving := splitOffset(t); saving != 0 {
		i += 2
	}
	return named.row.names[i]
}

// offsetName is Java's name of a zone with a fixed offset, such as GMT-08:00.
func offsetName(seconds int) string {
	if seconds == 0 {
		return "GMT"
	}
	sign := byte('+')
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	b := append([]byte("GMT"), sign)
	b = appendPadded(b, int64(seconds/3600), 2)
	return string(appendPadded(append(b, ':'), int64(seconds/60%60), 2))
}
