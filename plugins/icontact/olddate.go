package main

import (
	"bytes"
	"slices"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// oldLayouts are the forms of a message's createDate without an offset: US Eastern time.
var oldLayouts = [...]string{"20060102 15:04:05", "2006-01-02 15:04:05"}

// hasOldDate looks at the first createDate in the text of rows.
func hasOldDate(rows []byte) bool {
	_, after, found := bytes.Cut(rows, []byte(`"`+createDate+`"`))
	value := bytes.TrimLeft(after, ": \t\r\n")
	return found && len(value) > 18 && value[0] == '"' && (value[9] == ' ' || value[11] == ' ')
}

// isoCreated is a message with its createDate as ISO 8601 with an offset; false if there is nothing to rewrite. All other bytes stay.
func (r reading) isoCreated(record []byte) (sdk.Raw, bool) {
	if r.rows != messages && r.rows != "message" || !hasOldDate(record) {
		return nil, false
	}
	outline, err := sdk.ReadOutline(record)
	if err != nil {
		return nil, false
	}
	text, raw := outline.Text(createDate), outline.Raw(createDate)
	for _, layout := range oldLayouts {
		t, err := time.ParseInLocation(layout, text, r.adapter.eastern)
		if err != nil {
			continue
		}
		at := cap(record) - cap(raw) // raw is a part of record
		return slices.Concat(record[:at], []byte(`"`+t.Format(queryDate)+`"`), record[at+len(raw):]), true
	}
	return nil, false
}
