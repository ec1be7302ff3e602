package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// queryDates are the documented layouts of a date in a query.
const (
	queryDate    = "2006-01-02"
	queryTime    = "2006-01-02T15:04:05"
	queryInstant = "2006-01-02T15:04:05-07:00"
)

// matches tells whether r meets every term.
func (s *Sim) matches(r row, terms []term) bool {
	for _, t := range terms {
		if !s.meets(r, t) {
			return false
		}
	}
	return true
}

// isDate tells whether a field is the date of its record.
func isDate(field string) bool {
	return slices.Contains([]string{"createDate", "addDate", "actionTime", "openTime", "clickTime", "bounceTime", "unsubscribeTime", "scheduledTime"}, field)
}

func (s *Sim) meets(r row, t term) bool {
	if t.value == "" {
		return false // an empty value finds nothing
	}
	if isDate(t.field) {
		dates, err := s.readDates(t.value, t.kind)
		return err == nil && compares(t.kind, func(i int) int { return s.compareDates(r.when(), dates[i]) })
	}
	c, isContact := r.(*Contact)
	switch t.field {
	case "listId":
		if !isContact {
			break
		}
		return slices.ContainsFunc(strings.Split(t.value, ","), func(v string) bool { return slices.Contains(c.Lists, v) })
	case "contactId", "status", "messageType", "campaignId":
		if t.kind == "eq" {
			return slices.ContainsFunc(strings.Split(t.value, ","), func(v string) bool { return like(v, r.value(t.field)) })
		}
	}
	if t.kind == "eq" {
		return like(t.value, r.value(t.field))
	}
	bounds := strings.SplitN(t.value, ",", 2)
	return (t.kind != "bet" || len(bounds) == 2) && compares(t.kind, func(i int) int { return compareText(r.value(t.field), bounds[i]) })
}

// compares applies a search type; to(i) compares the record with the i-th given value.
func compares(kind string, to func(i int) int) bool {
	switch kind {
	case "gt":
		return to(0) > 0
	case "gte":
		return to(0) >= 0
	case "lt":
		return to(0) < 0
	case "lte":
		return to(0) <= 0
	case "bet":
		return to(0) >= 0 && to(1) <= 0
	}
	return to(0) == 0
}

// readDates reads the one date of a term, or the two of a bet.
func (s *Sim) readDates(value, kind string) ([]time.Time, error) {
	texts := []string{value}
	if kind == "bet" {
		if texts = strings.Split(value, ","); len(texts) != 2 {
			return nil, refusal("The createDate value you provided was not valid. bet wants two dates with a comma between")
		}
	}
	var dates []time.Time
	for _, text := range texts {
		date, err := s.readDate(text)
		if err != nil {
			return nil, err
		}
		dates = append(dates, date)
	}
	return dates, nil
}

func (s *Sim) readDate(text string) (time.Time, error) {
	for _, layout := range []string{queryInstant, queryTime, queryDate} {
		if t, err := time.ParseInLocation(layout, text, s.eastern); err == nil {
			return t.In(s.eastern), nil
		}
	}
	return time.Time{}, refusal(fmt.Sprintf("The createDate value you provided was not valid (%s). Please provide YYYY-MM-DD[THH:MM:SS[+-HH:MM]]", text))
}

func (s *Sim) compareDates(record, asked time.Time) int {
	if s.options.CompareInstants {
		return record.Compare(asked)
	}
	return cmp.Compare(record.Format(contactDate), asked.Format(contactDate))
}

// compareText compares numbers as numbers and all else without case.
func compareText(a, b string) int {
	x, err1 := strconv.ParseInt(a, 10, 64)
	y, err2 := strconv.ParseInt(b, 10, 64)
	if err1 == nil && err2 == nil {
		return cmp.Compare(x, y)
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

// like compares without case; `*` in the pattern stands for any text.
func like(pattern, text string) bool {
	pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, parts[0])
	for _, middle := range parts[1 : len(parts)-1] {
		_, after, found := strings.Cut(text, middle)
		text, ok = after, ok && found
	}
	return ok && strings.HasSuffix(text, parts[len(parts)-1])
}
