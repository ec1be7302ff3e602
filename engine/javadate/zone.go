package javadate

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones are known on machines without a zone database too
)

// javaZones are the short names that java.util.TimeZone understands beside those of the zone
// database, and what it takes them for.
var javaZones = map[string]string{
	"ACT": "Australia/Darwin",
	"AET": "Australia/Sydney",
	"AGT": "America/Argentina/Buenos_Aires",
	"ART": "Africa/Cairo",
	"AST": "America/Anchorage",
	"BET": "America/Sao_Paulo",
	"BST": "Asia/Dhaka",
	"CAT": "Africa/Harare",
	"CNT": "America/St_Johns",
	"CST": "America/Chicago",
	"CTT": "Asia/Shanghai",
	"EAT": "Africa/Addis_Ababa",
	"ECT": "Europe/Paris",
	"IET": "America/Indiana/Indianapolis",
	"IST": "Asia/Kolkata",
	"JST": "Asia/Tokyo",
	"MIT": "Pacific/Apia",
	"NET": "Asia/Yerevan",
	"NST": "Pacific/Auckland",
	"PLT": "Asia/Karachi",
	"PNT": "America/Phoenix",
	"PRT": "America/Puerto_Rico",
	"PST": "America/Los_Angeles",
	"SST": "Pacific/Guadalcanal",
	"VST": "Asia/Ho_Chi_Minh",
}

var offsetZone = regexp.MustCompile(`^(?:GMT|UTC|UT)?([+-])(\d{1,2})(?::?(\d{2}))?$`)

// Zone finds the zone that a configuration names. It takes what java.util.TimeZone.getTimeZone takes:
// names of the zone database (America/Denver, EST5EDT), its own short ones (PST is Los Angeles with
// daylight saving, EST is five hours west without), and offsets (GMT-8, GMT+05:30). It also takes the
// platform's documented bare offsets (-8:00, +06:00), and "" for UTC. Any other name is an error, where
// Java would use GMT.
//
// Go prefers the machine's zone database, if there is one, to that in the binary.
func Zone(name string) (*time.Location, error) {
	zone, err := loadZone(strings.TrimSpace(name))
	if errors.Is(err, errUnknown) {
		return nil, fmt.Errorf("time zone %s is not known; right would be, for instance, %s", excerpt(name), hint(name))
	}
	return zone, err
}

var errUnknown = errors.New("unknown time zone")

func loadZone(name string) (*time.Location, error) {
	switch name {
	case "", "UTC", "UT", "Z", "Zulu":
		return time.UTC, nil
	case "GMT":
		return time.FixedZone("GMT", 0), nil
	case "EST": // without daylight saving, in Java; and so the next two
		return time.FixedZone("EST", -5*3600), nil
	case "MST":
		return time.FixedZone("MST", -7*3600), nil
	case "HST":
		return time.FixedZone("HST", -10*3600), nil
	case "Local": // Go's name for the machine's zone
		return nil, errUnknown
	}
	if m := offsetZone.FindStringSubmatch(name); m != nil {
		return fixedZone(name, m[1], m[2], m[3])
	}
	if id, ok := javaZones[name]; ok {
		name = id
	}
	if zone, ok := zones.Load(name); ok {
		return zone.(*time.Location), nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, errUnknown
	}
	kept, _ := zones.LoadOrStore(strings.Clone(name), zone)
	return kept.(*time.Location), nil
}

// zones are those of the zone database that were asked for, by name: there are some 600, one takes some 10 KB, and to read it takes longer than all
// else that a poll prepares.
var zones sync.Map

func fixedZone(name, sign, hours, minutes string) (*time.Location, error) {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(minutes)
	if h > 23 || m > 59 {
		return nil, fmt.Errorf("time zone %s: an offset has hours from 0 to 23 and minutes from 00 to 59", excerpt(name))
	}
	seconds := h*3600 + m*60
	if sign == "-" {
		seconds = -seconds
	}
	if seconds == 0 {
		return time.UTC, nil
	}
	return time.FixedZone(offsetName(seconds), seconds), nil
}

// hint guesses what was meant by an unknown name.
func hint(name string) string {
	switch strings.ToUpper(name) {
	case "EDT", "ET":
		return "America/New_York"
	case "CDT", "CT":
		return "America/Chicago"
	case "MDT", "MT":
		return "America/Denver"
	case "PDT", "PT":
		return "America/Los_Angeles"
	case "CET", "CEST":
		return "Europe/Paris"
	case "GMT", "UTC":
		return "UTC"
	}
	if strings.Contains(name, "{") {
		return "America/Denver in place of " + name
	}
	for id := range zoneList().zone {
		if strings.EqualFold(id, name) {
			return id
		}
	}
	return "America/Denver, PST, GMT or -08:00"
}
