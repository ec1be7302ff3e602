package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// listing is one page of a collection to read.
type listing struct {
	collection
	call     sdk.Call
	offset   sdk.Offset
	count    int
	kind     string // of the choice
	filter   map[string]int64
	warnings []string
}

func newListing(c sdk.Call, of collection) (listing, error) {
	l := listing{collection: of, call: c, filter: map[string]int64{}}
	if of.choice != "" {
		l.kind = of.words[0]
	}
	var err error
	if l.offset, err = sdk.ParseOffset(c.Query.Page); err != nil {
		return l, err
	}
	l.count = sdk.PageLimit(c.Query, of.most, maxCount)
	if f := c.Query.Filter; f != "" {
		return l, fmt.Errorf("Act-On cannot filter %s by %q: it knows %s", of.Name, f, l.knows())
	}
	for _, w := range c.Query.Where {
		if err := l.condition(w); err != nil {
			return l, err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.Query.Params)) {
		switch strings.ToLower(name) {
		case "count", "offset", "page", "pagesize", "nextpage", "orderby":
			l.warnings = append(l.warnings, fmt.Sprintf("the parameter %s of the URL is ignored: the adapter pages by itself", name))
		default:
			if err := l.condition(sdk.Condition{Name: name, Op: "=", Value: c.Query.Params[name]}); err != nil {
				return l, err
			}
		}
	}
	if s := c.Query.Since; s != nil && s.Time > 0 && l.after != "" && slices.Contains(l.Since, s.Field) {
		if _, given := l.filter[l.after]; !given {
			l.filter[l.after] = s.Time - 1 // whether the bound is inclusive is not documented
		}
	}
	return l, nil
}

// condition takes a condition, or a parameter of the URL. What Act-On does not know might be meant as a filter: it is refused, not dropped.
func (l *listing) condition(w sdk.Condition) error {
	switch {
	case l.choice != "" && w.Name == l.choice:
		i := slices.IndexFunc(l.words, func(word string) bool { return strings.EqualFold(word, w.Value) })
		if w.Op != "=" || i < 0 {
			return fmt.Errorf("%s %s %q: want = and one of %s", w.Name, w.Op, w.Value, strings.Join(l.words, ", "))
		}
		l.kind = l.words[i]
	case slices.Contains(l.bounds, w.Name):
		ms, err := boundOf(w)
		if err != nil {
			return err
		}
		l.filter[w.Name] = ms
	default:
		return fmt.Errorf("Act-On cannot filter %s by %s: it knows %s", l.Name, w.Name, l.knows())
	}
	return nil
}

func (l *listing) knows() string {
	known := slices.Clone(l.bounds)
	if l.choice != "" {
		known = append(known, l.choice)
	}
	if len(known) == 0 {
		return "no filter there"
	}
	return strings.Join(known, ", ")
}

func (l listing) fetch() sdk.Reply {
	f := &sdk.Fetch{Path: sdk.Path(append([]string{"api", "1"}, l.path...)...), Headers: accept}
	f.Outline = l.rows != "" && l.rows != "msgresult" // the others may have to be rewritten: renamed, foldered
	if l.choice != "" {
		f.Query = append(f.Query, sdk.Param{Name: l.choice, Value: l.kind})
	}
	for _, name := range l.bounds {
		if ms, ok := l.filter[name]; ok {
			f.Query = append(f.Query, sdk.Param{Name: name, Value: strconv.FormatInt(ms, 10)})
		}
	}
	if l.paged {
		f.Query = append(f.Query, sdk.Param{Name: "count", Value: strconv.Itoa(l.count)}, sdk.Param{Name: "offset", Value: strconv.FormatInt(l.offset.Start, 10)})
	}
	return sdk.Reply{Fetch: f}
}

func (l listing) answer() sdk.Reply {
	text := l.call.Response.Body
	body, err := l.call.Response.Outline()
	folders := l.rows == "" && l.choice == "" // forms and pages come as an array
	switch {
	case l.call.Response.Status != 200, readEnvelope(body).found:
		return refused(l.call, body, "")
	case folders && len(bytes.TrimSpace(text)) > 0 && bytes.TrimSpace(text)[0] == '[':
		return l.foldered(text, "entries")
	case err != nil:
		return sdk.Faultf(sdk.FaultTransient, "Act-On's answer is no JSON object (%v): %s", err, sdk.Excerpt(text))
	case l.rows != "":
		return l.page(body)
	case body.Has("folders"):
		return l.foldered(body.Raw("folders"), "programs")
	}
	return misshapen(body, "folders")
}

// page says where the rows are. Some listings tell no total (-1): the scan then ends when a page brings nothing new.
func (l listing) page(body sdk.Outline) sdk.Reply {
	rows, ok := body.Len(l.rows)
	if !ok {
		return misshapen(body, l.rows)
	}
	if at, ok := body.Int("offset"); ok && at != l.offset.Start {
		return sdk.Faultf(sdk.FaultInvalid, "Act-On was asked for rows from %d and answered with rows from %d", l.offset.Start, at)
	}
	total, ok := body.Int("totalCount")
	if !ok {
		total = -1
	}
	page := &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/" + l.rows}}}
	if raw := body.Raw(l.rows); l.rows == "msgresult" && bytes.Contains(raw, []byte(`"msg_id"`)) && !bytes.Contains(raw, []byte(`"msgId"`)) {
		records, err := renamed(raw)
		if err != nil {
			return sdk.Faultf(sdk.FaultInvalid, "Act-On's messages: %v", err)
		}
		page.Records = sdk.Records{Inline: records}
	}
	l.offset.Fill(page, rows, l.count, total)
	if l.call.Query.Page == "" {
		page.Warnings = l.warnings
	}
	return sdk.Reply{Page: page}
}

// today are the names that messages have now, by those they had before.
var today = map[string]string{
	"title": "name", "msg_id": "msgId", "time_when": "timeWhen", "sender_name": "senderName", "sender_id": "senderId", "is_text_only": "isTextOnly",
	"timestamp": "timeStamp", "sender_email": "senderEmail",
}

// renamed gives messages of the older kind the names of the newer: an instance's configuration, and the ids of its events, hold for both.
func renamed(rows []byte) ([]sdk.Raw, error) {
	old, err := sdk.ReadList(rows)
	if err != nil {
		return nil, err
	}
	records := make([]sdk.Raw, len(old))
	for i, row := range old {
		members, err := sdk.ReadOutline(row)
		if err != nil {
			return nil, err
		}
		values := map[string]sdk.Raw{}
		for _, name := range members.Names() {
			if _, isOld := today[name]; !isOld {
				values[name] = members.Raw(name)
			}
		}
		for from, to := range today {
			if value := members.Raw(from); value != nil {
				values[to] = value
			}
		}
		record := new(sdk.Object)
		for _, name := range slices.Sorted(maps.Keys(values)) {
			record.Raw(name, values[name])
		}
		records[i] = record.JSON()
	}
	return records, nil
}

// allFolder holds everything once more.
const allFolder = "all forms"

// foldered gives what lies in folders, each record once, with the name of its folder.
func (l listing) foldered(text []byte, member string) sdk.Reply {
	folders, err := sdk.ReadList(text)
	if err != nil {
		return sdk.Faultf(sdk.FaultTransient, "Act-On's folders: %v: %s", err, sdk.Excerpt(text))
	}
	page := &sdk.Page{Warnings: l.warnings}
	at := map[string]int{}
	for _, raw := range folders {
		folder, err := sdk.ReadOutline(raw)
		if err != nil {
			return sdk.Faultf(sdk.FaultTransient, "Act-On's folders: %v: %s", err, sdk.Excerpt(text))
		}
		name := cmp.Or(folder.Text("folder"), folder.Text("name")) // a folder without a name is one
		rows, err := folder.List(member)
		if err != nil {
			return sdk.Faultf(sdk.FaultInvalid, "Act-On's folder %q has no list %q", name, member)
		}
		for _, row := range rows {
			own, err := sdk.ReadOutline(row)
			if err != nil {
				return sdk.Faultf(sdk.FaultInvalid, "Act-On's folder %q holds what is no record: %s", name, sdk.Excerpt(row))
			}
			id, record := own.Text("id"), inFolder(row, name)
			if n, known := at[id]; known && id != "" {
				if !strings.EqualFold(name, allFolder) {
					page.Records.Inline[n] = record
				}
				continue
			}
			at[id] = len(page.Records.Inline)
			page.Records.Inline = append(page.Records.Inline, record)
		}
	}
	return sdk.Reply{Page: page}
}

// inFolder puts the folder's name in front of an object's own members.
func inFolder(row sdk.Raw, folder string) sdk.Raw {
	out := append(sdk.Raw(`{"folder":`), sdk.Quote(folder)...)
	if rest := bytes.TrimSpace(row[1:]); rest[0] != '}' {
		out = append(out, ',')
	}
	return append(out, row[1:]...)
}
