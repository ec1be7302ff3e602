package main

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

// refuse says why the query cannot be answered, or nothing. What the user asks for and the provider cannot do is refused, with what it can: a
// filter that is ignored gives the wrong records.
func refuse(q sdk.Query) string {
	known := "no condition"
	switch q.Resource {
	case items:
		known = "updated_at >= a date such as 2026-01-02T03:04:05Z"
	case shelves:
	default:
		return fmt.Sprintf("Larder has no %s, only items and shelves", q.Resource)
	}
	if q.Filter != "" {
		return fmt.Sprintf("Larder cannot filter by %s; it knows %s", q.Filter, known)
	}
	for _, w := range q.Where {
		if q.Resource != items || w.Name != updated || w.Op != ">=" || !isDate(w.Value) {
			return fmt.Sprintf("Larder cannot filter by %s %s %s; it knows %s", w.Name, w.Op, w.Value, known)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(q.Params)) {
		return "Larder has no parameter " + name
	}
	return ""
}

// isDate says whether text is a date in the one form that Larder takes.
func isDate(text string) bool {
	t, err := time.Parse(time.RFC3339, text)
	return err == nil && t.UTC().Format(time.RFC3339) == text
}

// modifiedSince is the latest of the query's lower bounds: all of them hold. Empty if there is none.
func modifiedSince(q sdk.Query) string {
	var bound string
	if s := q.Since; s != nil && s.Field == updated {
		bound = time.UnixMilli(s.Time).UTC().Format(time.RFC3339)
	}
	for _, w := range q.Where {
		bound = max(bound, w.Value) // texts of one form sort like their times
	}
	return bound
}
