// Package javadate parses and formats dates by java.text.SimpleDateFormat patterns, locale en_US.
//
// The platform whose polling events this project re-creates takes such patterns in its poller
// configurations (updatedDateFormat, createdDateFormat) and in the placeholders of poll URLs, and
// published ones must mean here what they mean there, odd corners included: a valid prefix of the text
// is enough, overflowing fields roll over, years before 1582 are Julian, a local time that a clock
// change skips or repeats is resolved as Java does. The judge is a set of vectors made by a JDK 17
// (testdata/dates); where zone data differ from that JDK's, the vectors do not apply.
//
// Beyond Java there are the names `milliseconds`, `seconds` and `microseconds` (numbers counted from
// 1970), and some broken patterns that vendors have published are accepted with a warning (see
// [Format.Warnings]). An unknown zone is an error; Java would silently use GMT.
//
// How it is built, in reading order: format.go compiles a pattern (pattern.go) to elements; parse.go
// reads each element's text into fields (field.go); resolve.go decides which fields win and turns them
// into an instant, with calendar.go for days and offset.go for zones; render.go goes the other way.
//
// The package is pure: no clock, no files, no state that changes. A Format may be used by many
// goroutines at once. Callers are the packages that check a configuration, fill poll URLs and read
// record dates.
package javadate
