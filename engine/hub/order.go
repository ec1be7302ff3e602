package hub

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/engine/ceql"
	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/sdk"
)

// readOrder reads "lastName desc, email". Names with blanks or commas stand in backquotes.
func readOrder(text string, wrong *faults) (all []sdk.Order) {
	for part := range splitNames(text) {
		name, direction := part, ""
		if end := strings.LastIndexByte(part, '`'); strings.HasPrefix(part, "`") && end > 0 {
			name, direction = strings.ReplaceAll(part[1:end], "``", "`"), strings.TrimSpace(part[end+1:])
		} else if i := strings.LastIndexAny(part, " \t"); i > 0 {
			name, direction = strings.TrimSpace(part[:i]), part[i+1:]
		}
		order := sdk.Order{Field: name, Descending: strings.EqualFold(direction, "desc")}
		switch {
		case name == "":
			wrong.add(wordOrderBy, "has an empty name; it should look like lastName desc, email")
		case direction != "" && !order.Descending && !strings.EqualFold(direction, "asc"):
			wrong.add(wordOrderBy, "has %q, should be a field and then asc or desc: lastName desc", clip(part))
		default:
			if _, err := readPath(name); err != nil {
				wrong.add(wordOrderBy, "%v", err)
				continue
			}
			all = append(all, order)
		}
	}
	if len(all) > maxFields {
		wrong.add(wordOrderBy, "has %d fields, should have at most %d", len(all), maxFields)
	}
	return all
}

// sorted makes the order, which needs the whole result, and cuts the page out of it.
func (w *walk) sorted(drop int) error {
	if w.cut != "" {
		message := fmt.Sprintf("cannot be made here: the whole result would have to be read, and %s before its end; narrow it by where", w.cut)
		if by := w.Resource.OrderBy; len(by) > 0 {
			message += ", or sort by what " + w.Element + " sorts by: " + strings.Join(by, ", ")
		}
		return &instance.InvalidError{Problems: []instance.Problem{{Path: wordOrderBy, Message: message}}}
	}
	all := w.order(w.out.Records)
	w.total(int64(len(all)))
	begin := min(drop, len(all))
	end := min(begin+w.Size, len(all))
	if w.out.Records, w.out.Next = all[begin:end], nil; end < len(all) {
		w.out.Next = &Position{Drop: end}
	}
	return nil
}

// order sorts records; those without a value come last, and those that are alike stay in the provider's order.
func (w *walk) order(records []json.RawMessage) []json.RawMessage {
	type row struct {
		record json.RawMessage
		keys   []ceql.Value
	}
	rows := make([]row, len(records))
	for i, record := range records {
		look := w.look.of(record)
		rows[i].record = record
		for _, o := range w.Sort {
			rows[i].keys = append(rows[i].keys, w.look.sortable(look, o.Field))
		}
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		for i, o := range w.Sort {
			n := ceql.Compare(a.keys[i], b.keys[i])
			if o.Descending && a.keys[i].Kind != ceql.Absent && b.keys[i].Kind != ceql.Absent {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	sorted := make([]json.RawMessage, len(rows))
	for i, r := range rows {
		sorted[i] = r.record
	}
	return sorted
}
