package sim

import (
	"net/http"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// time answers GET /icp/time.
func (s *Sim) time(w http.ResponseWriter) {
	now := s.now()
	s.answer(w, new(simkit.Object).String("time", now.Format(messageDate)).Int("timestamp", now.Unix()).Bytes())
}

// account is the one account, with the recorded keys in their order; every value is a string.
func (s *Sim) account() []byte {
	enabled := "1"
	if s.options.AccountDisabled {
		enabled = "0"
	}
	var o simkit.Object
	for _, member := range [][2]string{
		{"billingStreet", ""}, {"billingCity", ""}, {"billingState", ""}, {"billingPostalCode", ""}, {"billingCountry", ""},
		{"city", "Springfield"}, {"accountId", s.config.AccountID}, {"companyName", ""}, {"country", "United States"},
		{"email", "owner@example.com"}, {"enabled", enabled}, {"fax", ""}, {"firstName", "Orla"}, {"lastName", "Owner"},
		{"multiClientFolder", "0"}, {"multiUser", "0"}, {"phone", "(555) 010-0001"}, {"postalCode", "00000"}, {"state", "MA"},
		{"street", "1 Sample Street"}, {"title", ""}, {"accountType", "0"}, {"subscriberLimit", "250000"},
	} {
		o.String(member[0], member[1])
	}
	return o.Bytes()
}

// accountsBody is the envelope in which total comes first.
func accountsBody(account []byte) []byte {
	return new(simkit.Object).Raw("accounts", arrayOf(account)).Int("total", 1).Int("limit", 20).Int("offset", 0).Bytes()
}

func (s *Sim) folder() []byte {
	return new(simkit.Object).String("clientFolderId", s.config.FolderID).Raw("logoId", []byte("null")).
		String("emailRecipient", "owner@example.com").Bytes()
}

// foldersBody is the envelope that has neither limit nor offset.
func foldersBody(folder []byte) []byte {
	return new(simkit.Object).Raw("clientfolders", arrayOf(folder)).Int("total", 1).Bytes()
}

func arrayOf(items ...[]byte) []byte {
	return simkit.AppendArray(nil, len(items), func(b []byte, i int) []byte { return append(b, items[i]...) })
}

// users answers for the account's one user and what it may do. The names of its members are a guess, but for those of a permission.
func (s *Sim) users(w http.ResponseWriter, rest []string) {
	user := new(simkit.Object).String("userId", actor).String("userName", s.config.Username).String("firstName", "Orla").
		String("lastName", "Owner").String("email", "owner@example.com").Bytes()
	page := func(rows string, row []byte) {
		s.answer(w, new(simkit.Object).Raw(rows, arrayOf(row)).Int("limit", 20).Int("offset", 0).Int("total", 1).Bytes())
	}
	switch {
	case len(rest) == 0:
		page("users", user)
	case len(rest) == 1 && rest[0] == actor:
		s.answer(w, new(simkit.Object).Raw("user", user).Bytes())
	case len(rest) == 2 && rest[0] == actor && rest[1] == "permissions":
		page("permissions", new(simkit.Object).String("clientFolderId", s.config.FolderID).Int("analytic", 1).Int("creative", 1).
			Int("subscriber", 1).Bytes())
	default:
		s.refuse(w, http.StatusNotFound, "There is no such record.")
	}
}
