package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// idColumn is the first column of every list.
const idColumn = "_contact_id_"

// List is a contact list.
type List struct {
	ID          string `json:"id"` // `l-` and hex digits
	Name        string `json:"name"`
	Folder      string `json:"folder"`      // default "Default Folder"
	Description string `json:"description"` // default "Uploaded Marketing List"
	// Columns are the headers after _contact_id_; none is First Name, Last Name, Company, E-mail Address, Lead Source.
	Columns []string `json:"columns"`
	// EmailColumn names the column of the address; default "E-mail Address".
	EmailColumn string `json:"emailColumn"`
}

type list struct {
	List
	rows     []*contact // by number
	next     int64
	modified time.Time
}

// contact is one row of a list.
type contact struct {
	number            int64
	cells             []string // as List.Columns
	created, modified time.Time
	touched           time.Time // the clock at the last mutation, whatever dates it was given
}

// AddList adds an empty list.
func (s *Sim) AddList(l List) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(l.Columns) == 0 {
		l.Columns = []string{"First Name", "Last Name", "Company", "E-mail Address", "Lead Source"}
	}
	l.Columns = slices.Clone(l.Columns)
	for field, standard := range map[*string]string{
		&l.Folder: "Default Folder", &l.Description: "Uploaded Marketing List", &l.EmailColumn: "E-mail Address", &l.Name: l.ID,
	} {
		if *field == "" {
			*field = standard
		}
	}
	if l.ID == "" || strings.ContainsAny(l.ID, "/:") || isSuppression(l.ID) || s.findList(l.ID) != nil {
		return fmt.Errorf("list %q: want a new id without / and :, such as l-0001", l.ID)
	}
	s.lists = append(s.lists, &list{List: l, modified: s.millis()})
	return nil
}

func (s *Sim) findList(id string) *list {
	if i := slices.IndexFunc(s.lists, func(l *list) bool { return l.ID == id }); i >= 0 {
		return s.lists[i]
	}
	return nil
}

// find returns where the row with the full id (`l-0001:1a`) lies.
func (s *Sim) find(id string) (*list, int, error) {
	listID, hex, _ := strings.Cut(id, ":")
	missing := fmt.Errorf("contact %q: %w", id, simkit.ErrNotFound)
	l := s.findList(listID)
	n, err := strconv.ParseInt(hex, 16, 64)
	if l == nil || err != nil {
		return nil, 0, missing
	}
	i, found := slices.BinarySearchFunc(l.rows, n, func(c *contact, n int64) int {
		switch {
		case c.number < n:
			return -1
		case c.number > n:
			return 1
		}
		return 0
	})
	if !found {
		return nil, 0, missing
	}
	return l, i, nil
}

func (l *list) id(c *contact) string { return l.ID + ":" + strconv.FormatInt(c.number, 16) }

// cell is the text of a column, "" for one that the list does not have.
func (l *list) cell(c *contact, column string) string {
	if column == idColumn {
		return l.id(c)
	}
	if i := slices.Index(l.Columns, column); i >= 0 {
		return c.cells[i]
	}
	return ""
}
