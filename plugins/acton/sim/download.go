package sim

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// download answers GET /api/1/list/{listId}.
func (s *Sim) download(w http.ResponseWriter, r *http.Request, id string) {
	l := s.findList(id)
	if l == nil {
		s.fail(w, http.StatusBadRequest, codeList, "Invalid or missing list")
		return
	}
	q, p, err := s.pageOf(r, maxCount)
	var f filter
	if err == nil {
		f, err = s.filterOf(q)
	}
	dated, fields := strings.EqualFold(q.Get("datequalifiers"), "true"), q.Get("fields")
	if err == nil && dated && fields != "" {
		err = parameterError("fields and datequalifiers cannot be used together")
	}
	if err != nil {
		s.fail(w, http.StatusUnprocessableEntity, codeParameter, err.Error())
		return
	}
	headers, email := s.headers(l, splitFields(fields), dated)
	rows := s.ordered(slices.DeleteFunc(slices.Clone(l.rows), func(c *contact) bool { return !f.passes(c) }))
	if strings.EqualFold(q.Get("responseformat"), "CSV") {
		s.csv(w, l, headers, rows)
		return
	}
	total := len(rows)
	if s.options.UnfilteredTotal {
		total = len(l.rows)
	}
	page := cut(rows, p)
	data := simkit.AppendArray(nil, len(page), func(b []byte, i int) []byte { return s.appendRow(b, l, page[i], headers) })
	s.answer(w, http.StatusOK, new(simkit.Object).String("listId", l.ID).Int("offset", int64(p.offset)).Int("count", int64(len(page))).
		Int("totalCount", int64(total)).Int("emailColumn", int64(email)).Raw("headers", simkit.AppendStrings(nil, headers)).Raw("data", data).Bytes())
}

// record answers GET /api/1/list/{listId}/record/{recordId} with a bare array.
func (s *Sim) record(w http.ResponseWriter, listID, id string) {
	l := s.findList(listID)
	if l == nil {
		s.fail(w, http.StatusBadRequest, codeList, "Invalid or missing list")
		return
	}
	owner, i, err := s.find(id)
	if err != nil || owner != l {
		s.fail(w, http.StatusBadRequest, codeContact, "Invalid contact")
		return
	}
	headers, _ := s.headers(l, nil, false)
	s.answer(w, http.StatusOK, s.appendRow(nil, l, l.rows[i], headers))
}

// headers returns the columns of an answer and the index of the address, -1 when it is not among them.
func (s *Sim) headers(l *list, fields []string, dated bool) ([]string, int) {
	headers := []string{idColumn}
	if fields == nil {
		headers = append(headers, l.Columns...)
	}
	for _, f := range fields {
		if slices.Contains(l.Columns, f) {
			headers = append(headers, f)
		}
	}
	if dated {
		headers = append(headers, s.dateHeaders()...)
	}
	return headers, slices.Index(headers, l.EmailColumn)
}

func splitFields(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ";")
}

// dateHeaders are the names of the created and the modified column.
func (s *Sim) dateHeaders() []string {
	if s.options.PlainDateHeaders {
		return []string{"created_date", "modified_date"}
	}
	return []string{"__created_date", "__modified_date"}
}

func (s *Sim) appendRow(b []byte, l *list, c *contact, headers []string) []byte {
	return simkit.AppendArray(b, len(headers), func(b []byte, i int) []byte { return s.appendCell(b, l, c, headers[i]) })
}

func (s *Sim) appendCell(b []byte, l *list, c *contact, header string) []byte {
	text, isDate := s.text(l, c, header)
	if isDate && s.options.DateCells == DateNumber {
		return append(b, text...)
	}
	return simkit.AppendString(b, text)
}

// text is the text of a cell.
func (s *Sim) text(l *list, c *contact, header string) (text string, isDate bool) {
	switch slices.Index(s.dateHeaders(), header) {
	case 0:
		return s.dateText(c.created), true
	case 1:
		return s.dateText(c.modified), true
	}
	return l.cell(c, header), false
}

// dateText is a date as a cell shows it.
func (s *Sim) dateText(t time.Time) string {
	if s.options.DateCells == DateText {
		return t.In(s.config.Zone).Format("Jan 2 2006 15:04 ") + s.config.Zone.String()
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// ordered puts rows that come by id in the order of Options.Order.
func (s *Sim) ordered(rows []*contact) []*contact {
	switch s.options.Order {
	case OrderNewest:
		slices.SortStableFunc(rows, func(a, b *contact) int { return b.modified.Compare(a.modified) })
	case OrderShuffled:
		s.rng.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	}
	return rows
}

// csv writes all rows: the cap is for JSON only.
func (s *Sim) csv(w http.ResponseWriter, l *list, headers []string, rows []*contact) {
	var out bytes.Buffer
	enc := csv.NewWriter(&out)
	_ = enc.Write(headers) // into a buffer
	for _, c := range rows {
		cells := make([]string, len(headers))
		for i, h := range headers {
			cells[i], _ = s.text(l, c, h)
		}
		_ = enc.Write(cells) // into a buffer
	}
	enc.Flush()
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	_, _ = w.Write(out.Bytes()) // into a buffer
}
