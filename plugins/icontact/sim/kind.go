package sim

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// kind is a plain collection: all but contacts, messages and what is made of them. Read only.
type kind struct {
	name   string   // of the collection, and of its rows in an answer
	one    string   // of a single row; "" if there are no addresses of rows
	parent string   // member that names the record that it belongs to: "messageId"
	id     string   // member that is the id; "" if rows have none
	first  int64    // the first id that is given; 0: the client gives it
	keys   []string // members in their order
	number []string // of them, those that are numbers
	date   string   // member that is a date; "" = none
	usual  Fields   // of members that are not given
	search []string // members that the collection is searched by
	bare   bool     // the envelope has nothing but the rows
	total  bool     // the envelope has nothing but the rows and their total
}

// Fields are members of a record as text.
type Fields map[string]string

func newKinds() []*kind {
	kinds := []*kind{
		{name: "lists", one: "list", id: "listId", first: 205001,
			keys:  []string{"listId", "name", "emailOwnerOnChange", "welcomeOnManualAdd", "welcomeOnSignupAdd", "welcomeMessageId", "description", "publicname"},
			usual: Fields{"emailOwnerOnChange": "0", "welcomeOnManualAdd": "0", "welcomeOnSignupAdd": "0"}},
		{name: "campaigns", one: "campaign", id: "campaignId", first: 7001,
			keys: []string{"campaignId", "name", "description", "fromName", "fromEmail", "forwardToFriend", "subscriptionManagement",
				"clickTrackMode", "useAccountAddress", "archiveByDefault"},
			usual: Fields{"fromName": "Orla Owner", "fromEmail": "owner@example.com", "forwardToFriend": "0", "subscriptionManagement": "1",
				"clickTrackMode": "1", "useAccountAddress": "1", "archiveByDefault": "0"}},
		{name: "segments", one: "segment", id: "segmentId", first: 8801, keys: []string{"segmentId", "listId", "name", "description"}},
		{name: "criteria", parent: "segmentId", id: "criterionId", keys: []string{"criterionId", "fieldName", "operator", "values"},
			number: []string{"criterionId"}, usual: Fields{"operator": "eq"}, bare: true},
		{name: "customfields", one: "customfield", id: "privateName", keys: []string{"privateName", "publicName", "displayToUser", "fieldType"},
			usual: Fields{"displayToUser": "0", "fieldType": "text"}, total: true},
		{name: "sends", one: "send", id: "sendId", first: 330001,
			keys: []string{"sendId", "messageId", "includeListIds", "excludeListIds", "includeSegmentIds", "excludeSegmentIds", "scheduledTime", "status"},
			date: "scheduledTime", usual: Fields{"status": "pending"}},
	}
	for name, date := range map[string]string{"opens": "openTime", "clicks": "clickTime", "bounces": "bounceTime", "unsubscribes": "unsubscribeTime"} {
		k := &kind{name: name, parent: "messageId", keys: []string{"contactId", date}, number: []string{"contactId"}, date: date}
		if name == "clicks" {
			k.keys, k.usual = append(k.keys, "clickLink"), Fields{"clickLink": "https://www.example.com"}
		}
		kinds = append(kinds, k)
	}
	return kinds
}

// The collections that are made of contacts.
var (
	subscriptions = &kind{name: "subscriptions", one: "subscription", id: "subscriptionId", date: "addDate",
		keys:   []string{"addDate", "contactId", "listId", "status", "subscriptionId", "confirmationMessageId"},
		search: []string{"contactId", "listId", "status", "addDate", "subscriptionId"}}
	actions = &kind{name: "actions", date: "actionTime", keys: []string{"actionType", "actionTime", "actor", "details"},
		search: []string{"actor", "actionType", "actionTime"}}
)

// item is a row of a plain collection.
type item struct {
	*kind
	n      int64 // its place; its id where that is a number
	parent string
	fields Fields
	at     time.Time // of its date
}

func (i *item) value(key string) string {
	if key == i.date && key != "" {
		return i.at.Format(i.layout())
	}
	return i.fields[key]
}

// layout: an action's offset has no colon.
func (i *item) layout() string {
	if i.kind == actions {
		return "2006-01-02T15:04:05-0700"
	}
	return messageDate
}

func (i *item) number() int64   { return i.n }
func (i *item) when() time.Time { return i.at }

func (i *item) onList(Options) []byte {
	var out simkit.Object
	for _, key := range i.keys {
		value := i.value(key)
		n, err := strconv.ParseInt(value, 10, 64)
		switch {
		case err == nil && slices.Contains(i.kind.number, key):
			out.Int(key, n)
		case key == "values":
			out.Raw(key, simkit.AppendStrings(nil, strings.Split(value, ",")))
		case key == "details":
			out.Raw(key, []byte(value))
		case key == "confirmationMessageId" && value == "": // left out
		default:
			out.String(key, value)
		}
	}
	return out.Bytes()
}

func (i *item) single(o Options) []byte { return i.onList(o) }
