package sim

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// defaultListing is the number of lists without `count`; the provider does not document one.
const defaultListing = 100

// listing answers GET /api/1/list, the list of lists.
func (s *Sim) listing(w http.ResponseWriter, r *http.Request) {
	q, p, err := s.pageOf(r, defaultListing)
	kind := strings.ToLower(q.Get("listingtype"))
	if err == nil && !isListingType(kind) {
		err = parameterError("listingtype: unknown value")
	}
	if err != nil {
		s.fail(w, http.StatusUnprocessableEntity, codeParameter, err.Error())
		return
	}
	var rows [][]byte
	if kind == "" || kind == "contact_list" {
		for _, l := range s.lists {
			rows = append(rows, s.listRow(l, true))
		}
		if s.options.IDlessList {
			rows = append(rows, s.listRow(s.lists[0], false))
		}
	}
	s.answer(w, http.StatusOK, resultBody(cut(rows, p), p.offset, int64(len(rows))))
}

func isListingType(kind string) bool {
	return kind == "" || slices.Contains(strings.Fields("contact_list header footer sender media pages custom_events "+
		"template_message draft_message landing_page sent_message triggered_message test_message failed_message scheduled_message"), kind)
}

func (s *Sim) listRow(l *list, withID bool) []byte {
	var o simkit.Object
	if withID {
		o.String("id", l.ID)
	}
	at := l.modified.UnixMilli()
	o.String("name", l.Name).String("folderName", l.Folder).String("sourceId", l.ID).String("baseId", l.ID).
		String("description", l.Description).String("sourceSize", strconv.Itoa(len(l.rows))).String("sourceName", l.Name).
		Int("tsLastModified", at).Int("tsLastCounted", at).Int("tsSource", at).
		String("sourceTS", l.modified.In(s.config.Zone).Format("Jan 2 2006 3:04 PM MST"))
	for _, flag := range []struct {
		name string
		set  bool
	}{
		{"bIsSingleton", false}, {"bIsList", true}, {"bIsSforce", false}, {"bIsSforceReport", false}, {"bIsSforceAvailable", true},
		{"bIsMSDyn", false}, {"bIsMSDynAvailable", true}, {"bIsSugar", false}, {"bIsSugarAvailable", true},
		{"bIsSL", false}, {"bIsSLAvailable", true}, {"bIsNsuite", false}, {"bIsNsuiteAvailable", true},
	} {
		o.Bool(flag.name, flag.set)
	}
	return o.Bytes()
}

// resultBody is the envelope of listings.
func resultBody(rows [][]byte, offset int, total int64) []byte {
	items := simkit.AppendArray(nil, len(rows), func(b []byte, i int) []byte { return append(b, rows[i]...) })
	return new(simkit.Object).Int("offset", int64(offset)).Int("count", int64(len(rows))).Int("totalCount", total).Raw("result", items).Bytes()
}
