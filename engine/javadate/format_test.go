package javadate

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func TestCompileErrors(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern string
		index   int
		reason  string
	}{
		{"yyyy-MM-ddTHH:mm:ss", 10, "the letter T is no date field"},
		{"yyyy-MM-ddTHH:mm:ss", 10, "plain text stands in quotes: 'T'"},
		{"yyyy-MM-dd'T", 10, "the quote that opens here is not closed"},
		{"yyyy-MM-dd'THH", 10, "not closed"},
		{"'", 0, "not closed"},
		{"yyyy XXXX", 5, "X may stand once"},
		{"10 digit integer Unix time", 4, "write milliseconds, seconds or microseconds"},
		{"ISO8601", 0, "yyyy-MM-dd'T'HH:mm:ssXXX"},
		{strings.Repeat("y-", 60), 120, "more than 100 pieces"},
	}
	for _, tt := range tests {
		_, err := Compile(tt.pattern, nil)
		var fault *PatternError
		if !errors.As(err, &fault) {
			t.Errorf("%s: got %v", tt.pattern, err)
			continue
		}
		if fault.Index != tt.index || fault.Pattern != tt.pattern || !strings.Contains(err.Error(), tt.reason) {
			t.Errorf("%s: %v; want index %d, %q", tt.pattern, err, tt.index, tt.reason)
		}
	}
}

func TestCompileWarnings(t *testing.T) {
	t.Parallel()
	denver := zoneFor(t, "America/Denver")
	tests := []struct {
		pattern string
		zone    *time.Location
		warning string // "" for none
	}{
		{"yyyy-MM-dd'T'HH:mm:ssXXX'", nil, "a stray quote at the end was dropped"},
		{"yyyy-MM-dd'T'HH:mm:ss'", nil, "a stray quote at the end was dropped"},
		{"milliseconds'", nil, "a stray quote at the end was dropped"},
		{`yyyy-MM-dd'\''T'\''HH:mm:ss`, nil, "was read as '"},
		{"518862600", nil, "no date field"},
		{"", nil, "no date field"},
		{"YYYY-MM-dd", nil, "the calendar year is y"},
		{"yyyy-MM-DD", nil, "the day of the month is d"},
		{"yyyy/mm/dd", nil, "the month is M"},
		{"yyyy-MM-dd hh:mm", nil, "the hour of the day is H"},
		{"ss.SSSSSS", nil, "123456 ms"},
		{"HH'Z'", denver, "the quoted Z is plain text; times are read in the zone America/Denver"},
		{"HH'Z'", nil, ""},
		{"YYYY-'W'ww-u", nil, ""},
		{"yyyy-DDD", nil, ""},
		{"hh:mm a", nil, ""},
		{"yyyy''", nil, ""},
		{"yyyy'T'''", nil, ""},
		{"milliseconds", denver, ""},
	}
	for _, tt := range tests {
		f, err := Compile(tt.pattern, tt.zone)
		if err != nil {
			t.Error(err)
			continue
		}
		got := strings.Join(f.Warnings(), "; ")
		if !strings.Contains(got, tt.warning) || (tt.warning == "") != (got == "") {
			t.Errorf("%s: warnings %q, want %q", tt.pattern, got, tt.warning)
		}
		if f.String() != tt.pattern {
			t.Errorf("String gives %q for %q", f, tt.pattern)
		}
	}
}

func TestUnitAndHasZone(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	tests := []struct {
		pattern string
		unit    time.Duration
		zoned   bool
	}{
		{"yyyy-MM-dd'T'HH:mm:ss.SSSXXX", time.Millisecond, true},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX", time.Millisecond, true},
		{"yyyy-MM-dd'T'HH:mm:ss'Z'", time.Second, false},
		{"yyyy-MM-dd'T'HH:mmz", time.Minute, true},
		{"yyyy-MM-dd HH Z", time.Hour, true},
		{"h a", time.Hour, false},
		{"yyyy-MM-dd a", 12 * time.Hour, false},
		{"yyyy-MM-dd", day, false},
		{"YYYY-'W'ww", 7 * day, false},
		{"MMM yyyy", 31 * day, false},
		{"yyyy", 366 * day, false},
		{"'x'", 0, false},
		{"milliseconds", time.Millisecond, true},
		{"milliseconds'", time.Millisecond, true},
		{"seconds", time.Second, true},
		{"microseconds", time.Microsecond, true},
	}
	for _, tt := range tests {
		f, err := Compile(tt.pattern, nil)
		if err != nil {
			t.Error(err)
			continue
		}
		if f.Unit() != tt.unit || f.HasZone() != tt.zoned {
			t.Errorf("%s: unit %v zone %v, want %v %v", tt.pattern, f.Unit(), f.HasZone(), tt.unit, tt.zoned)
		}
	}
}

// Every published format means something and survives the way out and back, but for these.
func TestPublishedFormats(t *testing.T) {
	t.Parallel()
	junk := map[string]string{
		"10 digit integer Unix time":  "is no date field",
		"10 digit integer Unix time'": "is no date field",
		"518862600":                   "",
		"518862600'":                  "not closed",
		"":                            "",
	}
	text, err := os.ReadFile("../../testdata/dates/date-formats.json")
	if err != nil {
		t.Fatal(err)
	}
	var published map[string]any
	if err := json.Unmarshal(text, &published); err != nil {
		t.Fatal(err)
	}
	at := time.Date(2024, 5, 6, 7, 8, 9, 123e6, time.UTC)
	for pattern := range published {
		f, err := Compile(pattern, nil)
		if reason, ok := junk[pattern]; ok {
			if err == nil && (reason != "" || f.Unit() != 0) || err != nil && !strings.Contains(err.Error(), reason) {
				t.Errorf("%q: error %v, want %q", pattern, err, reason)
			}
			continue
		}
		if err != nil {
			t.Error(err)
			continue
		}
		out := f.Format(at)
		back, err := f.Parse(out)
		if err != nil || back.Prefix || f.Format(back.Time) != out {
			t.Errorf("%s: %s was read as %v, error %v", pattern, out, back, err)
		}
	}
}

func zoneFor(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
