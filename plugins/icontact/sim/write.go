package sim

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// write answers the writing methods of contacts.
func (s *Sim) write(w http.ResponseWriter, r *http.Request, member []string) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case r.Method == http.MethodDelete && len(member) == 1:
		s.remove(w, member[0])
	case r.Method != http.MethodPost || len(member) > 1:
		s.refuse(w, http.StatusMethodNotAllowed, "The method is not supported here.")
	case media != "application/json":
		s.refuse(w, http.StatusUnsupportedMediaType, "This simulator reads application/json only.")
	case len(member) == 0:
		s.postCollection(w, r)
	default:
		s.postMember(w, r, member[0])
	}
}

func (s *Sim) remove(w http.ResponseWriter, id string) {
	i, err := s.findContact(id)
	if err != nil {
		s.refuse(w, http.StatusNotFound, "There is no such record.")
		return
	}
	s.deleteContact(i)
	s.answer(w, []byte("[]"))
}

// postCollection creates contacts, or updates those that have the address already.
func (s *Sim) postCollection(w http.ResponseWriter, r *http.Request) {
	var items []map[string]any
	if err := decodeBody(r, &items); err != nil {
		s.refuse(w, http.StatusBadRequest, "The body could not be read. Please provide an array of contacts")
		return
	}
	var echo [][]byte
	var warnings []string
	for _, item := range items {
		if email, _ := item["email"].(string); email == "" {
			warnings = append(warnings, "You did not provide an email field, which is required. Please provide an email field")
			continue
		}
		echo = append(echo, s.upsert(item).single(s.options))
	}
	shown := []byte("null")
	if len(echo) > 0 {
		shown = arrayOf(echo...)
	}
	out := new(simkit.Object).Raw(Contacts, shown)
	if len(warnings) > 0 {
		out.Raw("warnings", simkit.AppendStrings(nil, warnings))
	}
	s.answer(w, out.Bytes())
}

func (s *Sim) upsert(item map[string]any) *Contact {
	for i, c := range s.contacts {
		if email, _ := item["email"].(string); strings.EqualFold(c.Email, email) {
			s.updateContact(i, func(c *Contact) { assign(c, item) })
			return s.contacts[i]
		}
	}
	var c Contact
	assign(&c, item)
	s.createContact(c)
	return s.contacts[len(s.contacts)-1]
}

func (s *Sim) postMember(w http.ResponseWriter, r *http.Request, id string) {
	var item map[string]any
	i, missing := s.findContact(id)
	err := decodeBody(r, &item)
	status, given := item["status"]
	switch {
	case missing != nil:
		s.refuse(w, http.StatusNotFound, "There is no such record.")
	case err != nil:
		s.refuse(w, http.StatusBadRequest, "The body could not be read. Please provide a contact")
	case given && status != "normal" && status != "donotcontact":
		s.refuse(w, http.StatusBadRequest, "The status value you provided was not valid. status can be either donotcontact or normal. Please provide a valid status")
	default:
		s.updateContact(i, func(c *Contact) { assign(c, item) })
		s.answer(w, new(simkit.Object).Raw("contact", s.contacts[i].single(s.options)).Bytes())
	}
}

// assign copies the text members of item that a client may write.
func assign(c *Contact, item map[string]any) {
	for key, value := range item {
		text, isText := value.(string)
		if p := c.text(key); p != nil && isText && key != "bounceCount" {
			*p = text
		}
	}
}

func decodeBody(r *http.Request, into any) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}
