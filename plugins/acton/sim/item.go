package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Kinds of items, which are also their names in the ledger.
const (
	Messages = "messages"
	Forms    = "forms"
	Pages    = "pages"
	Programs = "programs"
)

// Item is a message, form, landing page or program.
type Item struct {
	ID     string `json:"id"` // drawn if empty
	Name   string `json:"name"`
	Folder string `json:"folder"` // of what lies in folders; default "Default Folder"
	// Type is that of a message (SENT, DRAFT, TEMPLATE, TRIGGERED, FAILED, SCHEDULED) or program (TRACK, EVENT, LIST_MAINT); default the first.
	Type string `json:"type"`
}

type item struct {
	Item
	created, modified time.Time
}

var itemTypes = map[string][]string{
	Messages: {"SENT", "DRAFT", "TEMPLATE", "TRIGGERED", "FAILED", "SCHEDULED"},
	Programs: {"TRACK", "EVENT", "LIST_MAINT"},
}

func isItem(kind string) bool {
	return slices.Contains([]string{Messages, Forms, Pages, Programs}, kind)
}

// CreateItem adds an item, dated now.
func (s *Sim) CreateItem(kind string, i Item) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !isItem(kind) {
		return simkit.Entry{}, unknownResource(kind)
	}
	types := itemTypes[kind]
	if len(types) > 0 && i.Type == "" {
		i.Type = types[0]
	}
	if len(types) > 0 && !slices.Contains(types, i.Type) {
		return simkit.Entry{}, fmt.Errorf("type %q: want one of %s", i.Type, strings.Join(types, ", "))
	}
	if i.Folder == "" {
		i.Folder = "Default Folder"
	}
	if i.ID == "" {
		i.ID = s.itemID(kind)
	}
	at := s.millis()
	made := &item{i, at, at}
	s.items[kind] = append(s.items[kind], made)
	return s.Ledger.Append(s.itemEntry(kind, simkit.Create, made)), nil
}

// UpdateItem gives an item another name, and dates it now.
func (s *Sim) UpdateItem(kind, id, name string) (simkit.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.items[kind] {
		if i.ID == id {
			i.Name, i.modified = name, s.millis()
			return s.Ledger.Append(s.itemEntry(kind, simkit.Update, i)), nil
		}
	}
	return simkit.Entry{}, fmt.Errorf("%s %q: %w", kind, id, simkit.ErrNotFound)
}

func (s *Sim) itemEntry(kind string, op simkit.Op, i *item) simkit.Entry {
	record, _ := json.Marshal(i.Item) // texts: cannot fail
	return simkit.Entry{
		At: simkit.Time{Time: s.Clock.Now()}, Op: op, Resource: kind, ID: i.ID, Version: strconv.FormatInt(i.modified.UnixMilli(), 10), Record: record,
	}
}

func (s *Sim) itemID(kind string) string {
	n := len(s.items[kind]) + 1
	switch kind {
	case Messages:
		return fmt.Sprintf("s-%04x-%s", n, s.Clock.Now().Format("0601"))
	case Pages:
		return fmt.Sprintf("p-%04x", n)
	case Programs:
		return fmt.Sprintf("tr-%04x", n)
	}
	return s.uuid()
}

// messages answers GET /api/1/message, newest first, in today's keys or, from the gateway before 2023, in those of then.
func (s *Sim) messages(w http.ResponseWriter, r *http.Request) {
	q, p, err := s.pageOf(r, defaultListing)
	kind := strings.ToUpper(q.Get("type"))
	if err == nil && !slices.Contains(itemTypes[Messages], kind) {
		err = parameterError("type: want one of " + strings.Join(itemTypes[Messages], ", "))
	}
	if err != nil {
		s.fail(w, http.StatusUnprocessableEntity, codeParameter, err.Error())
		return
	}
	var rows [][]byte
	for _, i := range slices.Backward(s.items[Messages]) {
		if i.Type == kind {
			rows = append(rows, s.messageRow(i))
		}
	}
	some := cut(rows, p)
	result := simkit.AppendArray(nil, len(some), func(b []byte, n int) []byte { return append(b, some[n]...) })
	s.answer(w, http.StatusOK, new(simkit.Object).Int("count", int64(len(some))).Int("totalCount", int64(len(rows))).Int("offset", int64(p.offset)).
		Raw("msgresult", result).Int("id", 0).Bytes())
}

func (s *Sim) messageRow(i *item) []byte {
	when := i.modified.In(s.config.Zone).Format("Mon Jan 2 3:04 PM MST")
	if s.options.Legacy {
		return new(simkit.Object).String("title", i.Name).String("msg_id", i.ID).String("time_when", when).String("sender_name", "Orla Owner").
			String("sender_id", "434000").String("is_text_only", "false").Int("timestamp", i.modified.UnixMilli()).String("sender_email", "owner@example.com").Bytes()
	}
	return new(simkit.Object).String("name", i.Name).String("msgId", i.ID).String("msgType", i.Type).
		String("timeStamp", strconv.FormatInt(i.modified.UnixMilli(), 10)).String("timeWhen", when).String("senderName", "Orla Owner").
		String("senderId", "434000").String("isTextOnly", "false").String("senderEmail", "owner@example.com").Bytes()
}

// foldered answers GET /api/1/form and /api/1/page: folders with their entries, of forms each once more under "All Forms".
func (s *Sim) foldered(w http.ResponseWriter, kind string) {
	names, folders := s.folders(kind)
	body := simkit.AppendArray(nil, len(names), func(b []byte, n int) []byte {
		rows := folders[names[n]]
		entries := simkit.AppendArray(nil, len(rows), func(b []byte, i int) []byte { return append(b, entryRow(kind, rows[i])...) })
		return append(b, new(simkit.Object).Raw("entries", entries).String("folder", names[n]).Bytes()...)
	})
	s.answer(w, http.StatusOK, body)
}

func (s *Sim) folders(kind string) (names []string, folders map[string][]*item) {
	folders = map[string][]*item{}
	for _, i := range s.items[kind] {
		if folders[i.Folder] == nil {
			names = append(names, i.Folder)
		}
		folders[i.Folder] = append(folders[i.Folder], i)
	}
	if kind == Forms && len(names) > 0 {
		names, folders["All Forms"] = append(names, "All Forms"), s.items[kind]
	}
	return names, folders
}

// entryRow: forms are dated by numbers, pages by texts.
func entryRow(kind string, i *item) []byte {
	url := "https://a00000.actonservice.example/acton/" + strings.TrimSuffix(kind, "s") + "/00000/" + i.ID
	if kind == Forms {
		return new(simkit.Object).Int("creation_time", i.created.UnixMilli()).String("description", "").Int("modified", i.modified.UnixMilli()).
			String("id", i.ID).String("title", i.Name).String("url", url).Bytes()
	}
	text := func(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }
	return new(simkit.Object).String("creation_time", text(i.created)).String("modified", text(i.modified)).String("id", i.ID).String("title", i.Name).
		String("url", url).Bytes()
}

// programs answers GET /api/1/program. modifiedTs is 0 until a program is changed.
func (s *Sim) programs(w http.ResponseWriter, r *http.Request) {
	kind := r.URL.Query().Get("type")
	if !slices.Contains(itemTypes[Programs], kind) {
		s.fail(w, http.StatusUnprocessableEntity, codeParameter, "type: want one of "+strings.Join(itemTypes[Programs], ", "))
		return
	}
	names, folders := s.folders(Programs)
	body := simkit.AppendArray(nil, len(names), func(b []byte, n int) []byte {
		var rows []*item
		for _, i := range folders[names[n]] {
			if i.Type == kind {
				rows = append(rows, i)
			}
		}
		list := simkit.AppendArray(nil, len(rows), func(b []byte, k int) []byte { return append(b, programRow(rows[k])...) })
		return append(b, new(simkit.Object).Int("id", int64(n)-1).String("name", names[n]).Raw("programs", list).Bytes()...)
	})
	s.answer(w, http.StatusOK, new(simkit.Object).Raw("folders", body).Bool("anyRunning", false).Bytes())
}

func programRow(i *item) []byte {
	modified := int64(0)
	if i.modified.After(i.created) {
		modified = i.modified.UnixMilli()
	}
	return new(simkit.Object).String("id", i.ID).String("name", i.Name).String("description", "").Int("createdTS", i.created.UnixMilli()).
		Int("modifiedTs", modified).String("progstate", "draft").Bool("running", false).Bytes()
}
