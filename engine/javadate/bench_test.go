package javadate

import (
	"testing"
	"time"
)

// The pairs say what a pattern costs beside package time: compare /java with /go of the same name.
var layouts = []struct{ name, pattern, layout, text, zone string }{
	{"iso", "yyyy-MM-dd'T'HH:mm:ss.SSSX", "2006-01-02T15:04:05.000Z07", "2024-05-06T07:08:09.123Z", "UTC"},
	{"offset", "yyyy-MM-dd'T'HH:mm:ssZ", "2006-01-02T15:04:05-0700", "2024-05-06T07:08:09+0200", "UTC"},
	{"local", "yyyy-MM-dd' 'HH:mm:ss", "2006-01-02 15:04:05", "2024-05-06 07:08:09", "America/New_York"},
	{"mail", "EEE, dd MMM yyyy HH:mm:ss Z", "Mon, 02 Jan 2006 15:04:05 -0700", "Mon, 06 May 2024 07:08:09 +0000", "UTC"},
}

func BenchmarkParse(b *testing.B) {
	for _, l := range layouts {
		zone, f := benchFormat(b, l.pattern, l.zone)
		b.Run(l.name+"/java", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := f.Parse(l.text); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(l.name+"/go", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := time.ParseInLocation(l.layout, l.text, zone); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkFormat(b *testing.B) {
	for _, l := range layouts {
		zone, f := benchFormat(b, l.pattern, l.zone)
		t := time.UnixMilli(1714979289123).In(zone)
		b.Run(l.name+"/java", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				f.Format(t)
			}
		})
		b.Run(l.name+"/go", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = t.Format(l.layout)
			}
		})
	}
}

func benchFormat(b *testing.B, pattern, zoneName string) (*time.Location, *Format) {
	b.Helper()
	zone, err := Zone(zoneName)
	if err != nil {
		b.Fatal(err)
	}
	f, err := Compile(pattern, zone)
	if err != nil {
		b.Fatal(err)
	}
	return zone, f
}
