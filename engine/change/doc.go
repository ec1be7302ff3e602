// Package change decides WHICH records changed. It is pure: records, a rule and what was remembered go in; changes and what to remember
// come out. It never reads a clock, a store or a network. Package poll calls it once per page.
package change
