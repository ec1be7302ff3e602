package sdk

// How each part of the conversation is written. A test compares all of it with encoding/json and the fields' tags.

func encodeCall(c *Call) ([]byte, error) {
	w := writer{out: make([]byte, 0, 512)}
	w.open('{')
	object(&w, "query", &c.Query, writeQuery)
	w.tableIf("config", c.Config)
	w.rawIf("memo", c.Memo)
	w.rawIf("state", c.State)
	object(&w, "response", c.Response, writeResponse)
	w.int("now", c.Now)
	w.end('}')
	return w.out, w.err
}

func writeQuery(w *writer, q *Query) {
	w.text("resource", q.Resource)
	w.tableIf("vars", q.Vars)
	eachIf(w, "where", q.Where, func(w *writer, c *Condition) {
		w.text("name", c.Name)
		w.text("op", c.Op)
		w.text("value", c.Value)
	})
	w.textIf("filter", q.Filter)
	w.tableIf("params", q.Params)
	eachIf(w, "orderBy", q.OrderBy, func(w *writer, o *Order) {
		w.text("field", o.Field)
		w.trueIf("descending", o.Descending)
	})
	object(w, "since", q.Since, func(w *writer, s *Since) {
		w.text("field", s.Field)
		w.int("time", s.Time)
	})
	w.textIf("page", q.Page)
	w.intIf("pageSize", int64(q.PageSize))
}

func writeResponse(w *writer, r *Response) {
	w.int("status", int64(r.Status))
	w.tableIf("headers", r.Headers)
	eachIf(w, "elided", r.Elided, func(w *writer, e *Elided) {
		w.text("at", e.At)
		w.int("len", int64(e.Len))
	})
}

func encodeReply(r *Reply) ([]byte, error) {
	w := writer{out: append(make([]byte, 0, 512), ReplyOK)}
	w.open('{')
	object(&w, "fetch", r.Fetch, writeFetch)
	object(&w, "page", r.Page, writePage)
	object(&w, "fault", r.Fault, func(w *writer, f *Fault) {
		w.text("kind", f.Kind)
		w.text("message", f.Message)
		w.intIf("retryAfter", f.RetryAfter)
	})
	w.end('}')
	return w.out, w.err
}

func writeFetch(w *writer, f *Fetch) {
	w.textIf("method", f.Method)
	w.textIf("base", f.Base)
	w.text("path", f.Path)
	eachIf(w, "query", f.Query, func(w *writer, p *Param) {
		w.text("name", p.Name)
		w.text("value", p.Value)
	})
	w.tableIf("headers", f.Headers)
	w.textIf("body", f.Body)
	w.rawIf("state", f.State)
	w.trueIf("outline", f.Outline)
}

func writePage(w *writer, p *Page) {
	object(w, "records", &p.Records, writeRecords)
	w.textIf("next", p.Next)
	w.intIf("overlap", int64(p.Overlap))
	if p.Total != nil {
		w.int("total", *p.Total)
	}
	w.rawIf("memo", p.Memo)
	w.listIf("warnings", p.Warnings)
}

func writeRecords(w *writer, r *Records) {
	if len(r.Inline) > 0 {
		w.name("inline")
		w.open('[')
		for _, record := range r.Inline {
			w.comma()
			w.raw("a record of inline", record)
		}
		w.end(']')
	}
	object(w, "select", r.Select, func(w *writer, s *Select) { w.text("at", s.At) })
	object(w, "table", r.Table, func(w *writer, t *Table) {
		w.text("columns", t.Columns)
		w.text("rows", t.Rows)
		w.tableIf("rename", t.Rename)
	})
}
