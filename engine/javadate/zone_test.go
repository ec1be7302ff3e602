package javadate

import (
	"strings"
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	t.Parallel()
	// Offsets in January and July, in minutes; the JDK's for the names it knows.
	tests := []struct {
		name         string
		winter, july int
		id           string
	}{
		{"", 0, 0, "UTC"},
		{"UTC", 0, 0, "UTC"},
		{"GMT", 0, 0, "GMT"},
		{"PST", -480, -420, "America/Los_Angeles"},
		{"CST", -360, -300, "America/Chicago"},
		{"EST", -300, -300, "EST"},
		{"MST", -420, -420, "MST"},
		{"HST", -600, -600, "HST"},
		{"IST", 330, 330, "Asia/Kolkata"},
		{"CET", 60, 120, "CET"},
		{"EST5EDT", -300, -240, "EST5EDT"},
		{"America/Denver", -420, -360, "America/Denver"},
		{" America/Denver ", -420, -360, "America/Denver"},
		{"US/Pacific", -480, -420, "US/Pacific"},
		{"Etc/GMT+5", -300, -300, "Etc/GMT+5"},
		{"-8:00", -480, -480, "GMT-08:00"},
		{"-08:00", -480, -480, "GMT-08:00"},
		{"+06:00", 360, 360, "GMT+06:00"},
		{"+6:00", 360, 360, "GMT+06:00"},
		{"+0530", 330, 330, "GMT+05:30"},
		{"GMT-8", -480, -480, "GMT-08:00"},
		{"GMT+05:30", 330, 330, "GMT+05:30"},
		{"UTC+1", 60, 60, "GMT+01:00"},
		{"-00:00", 0, 0, "UTC"},
	}
	for _, tt := range tests {
		zone, err := Zone(tt.name)
		if err != nil {
			t.Error(err)
			continue
		}
		_, winter := time.Date(2024, 1, 15, 12, 0, 0, 0, time.UTC).In(zone).Zone()
		_, july := time.Date(2024, 7, 15, 12, 0, 0, 0, time.UTC).In(zone).Zone()
		if winter != tt.winter*60 || july != tt.july*60 || zone.String() != tt.id {
			t.Errorf("%q: %s %d %d, want %s %d %d", tt.name, zone, winter/60, july/60, tt.id, tt.winter, tt.july)
		}
	}
}

func TestZoneErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"Mars/Olympus":           `"Mars/Olympus" is not known`,
		"EDT":                    "America/New_York",
		"PDT":                    "America/Los_Angeles",
		"america/denver":         "for instance, America/Denver",
		"gmt":                    "for instance, UTC",
		"{TimeZone}":             "in place of {TimeZone}",
		"Local":                  "is not known",
		"../etc/passwd":          "is not known",
		"+25:00":                 "hours from 0 to 23",
		"GMT+05:60":              "minutes from 00 to 59",
		"+5:3":                   "is not known",
		"America/New_York\n\x00": "is not known",
	}
	for name, want := range tests {
		zone, err := Zone(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, error %v; want %q", name, zone, err, want)
		}
	}
}

// The list of names and the zone database know the same zones.
func TestZoneNames(t *testing.T) {
	t.Parallel()
	list := zoneList()
	if len(list.rows) != 179 || len(list.zone) != 588 {
		t.Errorf("%d rows, %d zones", len(list.rows), len(list.zone))
	}
	for id := range list.zone {
		if _, err := Zone(id); err != nil {
			t.Error(err)
		}
	}
	for _, row := range list.rows {
		if _, err := row.load(); err != nil {
			t.Errorf("%s: %v", row.first, err)
		}
	}
}

// A zone of the database is read once.
func TestZonesAreReadOnce(t *testing.T) {
	t.Parallel()
	first, err := Zone("America/Los_Angeles")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"America/Los_Angeles", "PST"} {
		if again, err := Zone(name); again != first || err != nil {
			t.Errorf("%s is another copy, %v", name, err)
		}
	}
}
