package javadate

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseEpoch(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		want       time.Time
		index      int
		reason     string // of the error, "" for none
	}{
		{"milliseconds", "1714979289123", time.UnixMilli(1714979289123), 0, ""},
		{"milliseconds'", "1714979289123", time.UnixMilli(1714979289123), 0, ""},
		{"milliseconds", "-1", time.UnixMilli(-1), 0, ""},
		{"milliseconds", "0", time.Unix(0, 0), 0, ""},
		{"milliseconds", "9223372036854775807", time.UnixMilli(math.MaxInt64), 0, ""},
		{"seconds", "1714979289", time.Unix(1714979289, 0), 0, ""},
		{"microseconds", "1714979289123456", time.UnixMicro(1714979289123456), 0, ""},
		{"milliseconds", "1714979289123.5", time.Time{}, 13, "only digits"},
		{"milliseconds", "2024-05-06", time.Time{}, 4, "a whole number of milliseconds"},
		{"milliseconds", "1.7e12", time.Time{}, 1, "only digits"},
		{"milliseconds", " 1", time.Time{}, 0, "only digits"},
		{"milliseconds", "1 ", time.Time{}, 1, "only digits"},
		{"milliseconds", "+1", time.Time{}, 0, "only digits"},
		{"milliseconds", "", time.Time{}, 0, "expected a whole number"},
		{"seconds", "-", time.Time{}, 0, "expected a whole number of seconds"},
		{"milliseconds", "9223372036854775808", time.Time{}, 0, "out of range"},
		{"seconds", "9223372036854775807", time.Time{}, 0, "out of range"},
	}
	for _, tt := range tests {
		f, err := Compile(tt.name, zoneFor(t, "America/Denver"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Parse(tt.text)
		var fault *ParseError
		if tt.reason != "" {
			if !errors.As(err, &fault) || fault.Index != tt.index || !strings.Contains(err.Error(), tt.reason) {
				t.Errorf("%s %q: %v, error %v; want index %d, %q", tt.name, tt.text, got, err, tt.index, tt.reason)
			}
			continue
		}
		if err != nil || !got.Time.Equal(tt.want) || got.End != len(tt.text) || got.Prefix {
			t.Errorf("%s %q: %v, error %v; want %v", tt.name, tt.text, got, err, tt.want)
		}
		if out := f.Format(got.Time); out != tt.text {
			t.Errorf("%s: %q came out as %q", tt.name, tt.text, out)
		}
	}
}

func TestParseErrorSaysWhere(t *testing.T) {
	t.Parallel()
	f, err := Compile("yyyy-MM-dd'T'HH:mm:ssXXX", nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]string{
		"2024-05-06 07:08:09Z":         `index 10: expected the text "T"`,
		"2024-05-06T07:08:09":          "index 19: expected Z or an offset such as +01:00 for XXX",
		"2024-May-06":                  "index 5: expected the month's number for MM",
		"":                             "index 0: expected a number for yyyy",
		strings.Repeat("x", 1_000_000): "index 0",
		"2024-05-06T07:08:09+0100":     "index 22",
	}
	for text, want := range tests {
		got, err := f.Parse(text)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.40s: %v, error %.300v; want %q", text, got, err, want)
		}
	}
}

// The default for two-digit years is fixed, and moves on request.
func TestCenturyStart(t *testing.T) {
	t.Parallel()
	f, err := Compile("dd/MM/yy", nil)
	if err != nil {
		t.Fatal(err)
	}
	later := f.WithCenturyStart(time.Date(2000, 7, 1, 0, 0, 0, 0, time.UTC))
	for _, tt := range []struct {
		f    *Format
		text string
		year int
	}{
		{f, "01/01/70", 1970}, {f, "31/12/69", 2069}, {f, "01/01/24", 2024},
		{later, "30/06/00", 2100}, {later, "01/07/00", 2000}, {later, "01/01/99", 2099},
	} {
		got, err := tt.f.Parse(tt.text)
		if err != nil || got.Time.Year() != tt.year {
			t.Errorf("%s: %v, error %v; want %d", tt.text, got, err, tt.year)
		}
	}
}

// Against package time: what is written with all fields and an offset is read as the same instant.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	zones := []string{"UTC", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "-08:00"}
	rapid.Check(t, func(rt *rapid.T) {
		zone := zoneFor(t, rapid.SampledFrom(zones).Draw(rt, "zone"))
		at := time.UnixMilli(rapid.Int64Range(-2_000_000_000_000, 8_000_000_000_000).Draw(rt, "ms"))
		f, err := Compile("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", zone)
		if err != nil {
			rt.Fatal(err)
		}
		out := f.Format(at)
		if _, offset := at.In(zone).Zone(); offset%60 == 0 {
			if want := at.In(zone).Format("2006-01-02T15:04:05.000Z07:00"); out != want {
				rt.Fatalf("wrote %s, package time %s", out, want)
			}
			if got, err := f.Parse(out); err != nil || !got.Time.Equal(at) {
				rt.Fatalf("%s was read as %v, error %v", out, got, err)
			}
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	f, err := Compile("EEE, dd MMM yyyy HH:mm:ss z", zoneFor(t, "Europe/Berlin"))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			text := "Mon, 06 May 2024 0" + strconv.Itoa(i) + ":00:00 " + []string{"CEST", "EST", "JST", "GMT"}[i%4]
			first, err := f.Parse(text)
			for range 200 {
				again, err2 := f.Parse(text)
				if err != nil || err2 != nil || first != again {
					t.Errorf("%s: %v %v, then %v %v", text, first, err, again, err2)
					return
				}
				f.Format(again.Time)
			}
		})
	}
	group.Wait()
}

func FuzzFormat(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ssXXX", "America/New_York", "2024-03-10T02:30:00-05:00", int64(1714979289123), true)
	f.Add("YYYY-'W'ww-u G", "UTC", "2024-W60-9 BC", int64(-1e15), false)
	f.Add("EEEE d MMMM yy h:mm a zzzz", "Europe/Dublin", "Monday 6 May 24 1:00 PM Greenwich Mean Time", int64(0), false)
	f.Add("yyyyMMddHHmmssSSS", "+05:30", "20240506070809123", int64(math.MinInt64), true)
	f.Add("milliseconds'", "", "-5", int64(math.MaxInt64), false)
	f.Add("F W w D k K S", "Pacific/Apia", "1E9 ∞ NaN -1 2147483648 ٣ 5", int64(1), false)
	f.Fuzz(func(t *testing.T, pattern, zoneName, text string, ms int64, strict bool) {
		zone, err := Zone(zoneName)
		if err != nil {
			zone = nil
		}
		c, err := Compile(pattern, zone)
		if err != nil {
			var fault *PatternError
			if !errors.As(err, &fault) || fault.Index < 0 || fault.Index > len(pattern) {
				t.Fatalf("%q: %v", pattern, err)
			}
			return
		}
		if strict {
			c = c.Strict()
		}
		for _, in := range []string{text, c.Format(time.UnixMilli(ms))} {
			got, err := c.Parse(in)
			if err != nil {
				var fault *ParseError
				if !errors.As(err, &fault) || fault.Index < 0 || fault.Index > len(in) {
					t.Fatalf("%q by %q: %v", in, pattern, err)
				}
				continue
			}
			if got.End > len(in) || got.Prefix != (got.End < len(in)) {
				t.Fatalf("%q by %q: %+v", in, pattern, got)
			}
		}
	})
}
