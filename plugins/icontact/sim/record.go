package sim

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Layouts of createDate.
const (
	contactDate = "2006-01-02 15:04:05"
	messageDate = "2006-01-02T15:04:05-07:00"
)

// Contact is a contact as the simulator keeps it and as the control API reads it. ID is set by the simulator;
// a zero Created means now. Lists holds the ids of the lists that it is on.
type Contact struct {
	ID          int64             `json:"-"`
	Email       string            `json:"email"`
	FirstName   string            `json:"firstName"`
	LastName    string            `json:"lastName"`
	Prefix      string            `json:"prefix"`
	Suffix      string            `json:"suffix"`
	Fax         string            `json:"fax"`
	Phone       string            `json:"phone"`
	Street      string            `json:"street"`
	Street2     string            `json:"street2"`
	City        string            `json:"city"`
	State       string            `json:"state"`
	PostalCode  string            `json:"postalCode"`
	Business    string            `json:"business"`
	Status      string            `json:"status"` // default normal
	BounceCount string            `json:"bounceCount"`
	Lists       []string          `json:"lists"`
	Custom      map[string]string `json:"custom"`
	Created     time.Time         `json:"created"`

	changed time.Time    // of the last mutation, which the API does not show
	members []membership // what Lists was and is
	history []deed
}

// Message is a message as the simulator keeps it and as the control API reads it.
type Message struct {
	ID         int64     `json:"-"`
	CampaignID string    `json:"campaignId"`  // default 7001
	Type       string    `json:"messageType"` // default normal
	Name       string    `json:"messageName"`
	Subject    string    `json:"subject"`
	TextBody   string    `json:"textBody"`
	HTMLBody   string    `json:"htmlBody"`
	Created    time.Time `json:"created"`
	// Numbers of its statistics that come from nowhere else.
	Delivered  int `json:"delivered"`
	Forwards   int `json:"forwards"`
	Comments   int `json:"comments"`
	Complaints int `json:"complaints"`
}

// listKeys and singleKeys are the recorded orders of a contact's keys. Read only.
var (
	listKeys = [...]string{"email", "firstName", "lastName", "prefix", "suffix", "fax", "phone", "street", "street2",
		"city", "state", "postalCode", "createDate", "status", "bounceCount", "contactId"}
	singleKeys = [...]string{"contactId", "prefix", "firstName", "lastName", "suffix", "street", "street2", "city",
		"state", "postalCode", "phone", "fax", "business", "email", "createDate", "bounceCount", "status"}
	messageKeys = [...]string{"messageId", "campaignId", "messageType", "messageName", "subject", "textBody", "htmlBody", "createDate"}
)

// text is the field that a contact can be written with, nil for any other name.
func (c *Contact) text(key string) *string {
	switch key {
	case "email":
		return &c.Email
	case "firstName":
		return &c.FirstName
	case "lastName":
		return &c.LastName
	case "prefix":
		return &c.Prefix
	case "suffix":
		return &c.Suffix
	case "fax":
		return &c.Fax
	case "phone":
		return &c.Phone
	case "street":
		return &c.Street
	case "street2":
		return &c.Street2
	case "city":
		return &c.City
	case "state":
		return &c.State
	case "postalCode":
		return &c.PostalCode
	case "business":
		return &c.Business
	case "status":
		return &c.Status
	case "bounceCount":
		return &c.BounceCount
	}
	return nil
}

func (c *Contact) value(key string) string {
	switch key {
	case "contactId":
		return strconv.FormatInt(c.ID, 10)
	case "createDate":
		return c.Created.Format(contactDate)
	}
	if p := c.text(key); p != nil {
		return *p
	}
	return ""
}

func (c *Contact) number() int64   { return c.ID }
func (c *Contact) when() time.Time { return c.Created }

// onList is the contact as a collection shows it.
func (c *Contact) onList(o Options) []byte {
	var out simkit.Object
	for _, key := range listKeys {
		c.write(&out, key, o.NumericIDs, !o.EmptyStrings)
	}
	return out.Bytes()
}

// single is the contact as its own address and the echo of a write show it.
func (c *Contact) single(o Options) []byte {
	var out simkit.Object
	for _, key := range singleKeys {
		c.write(&out, key, o.NumericIDs, false)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Custom)) {
		out.String(name, c.Custom[name])
	}
	return out.Bytes()
}

func (c *Contact) write(out *simkit.Object, key string, numericID, nulls bool) {
	value := c.value(key)
	switch {
	case key == "contactId" && numericID:
		out.Int(key, c.ID)
	case value == "" && nulls:
		out.Raw(key, []byte("null"))
	default:
		out.String(key, value)
	}
}

func (m *Message) value(key string) string {
	switch key {
	case "messageId":
		return strconv.FormatInt(m.ID, 10)
	case "campaignId":
		return m.CampaignID
	case "messageType":
		return m.Type
	case "messageName":
		return m.Name
	case "subject":
		return m.Subject
	case "textBody":
		return m.TextBody
	case "htmlBody":
		return m.HTMLBody
	case "createDate":
		return m.Created.Format(messageDate)
	}
	return ""
}

func (m *Message) number() int64   { return m.ID }
func (m *Message) when() time.Time { return m.Created }

func (m *Message) onList(Options) []byte {
	var out simkit.Object
	for _, key := range messageKeys {
		out.String(key, m.value(key))
	}
	return out.Bytes()
}

func (m *Message) single(o Options) []byte { return m.onList(o) }
