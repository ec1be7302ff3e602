package main

import "github.com/pollwright/pollwright/sdk"

// Resources beside the contacts of a list.
const (
	contact        = "contact"
	lists          = "lists"
	messagesName   = "messages"
	campaigns      = "campaigns"
	hardBounces    = "hardbounces"
	optOuts        = "optouts"
	spamComplaints = "spamcomplaints"
	forms          = "forms"
	pages          = "pages"
	programs       = "programs"
)

// collection is a resource that one kind of request lists.
type collection struct {
	sdk.Resource
	path []string // below /api/1
	// choice is a parameter that chooses among kinds of records; the first of words is what is asked for by default.
	choice string
	words  []string
	// bounds are the date filters that Act-On knows here; after is the one that Query.Since becomes.
	bounds []string
	after  string
	paged  bool
	// rows is the member of the answer that holds the rows; "" where they lie in folders.
	rows string
	most int // rows of a page
}

// kinds of messages and of lists, as Act-On spells them.
var (
	messageKinds = []string{"SENT", "DRAFT", "TEMPLATE", "TRIGGERED", "FAILED", "SCHEDULED"}
	listKinds    = []string{"contact_list", "header", "footer", "sender", "media", "pages", "custom_events", "template_message", "draft_message",
		"landing_page", "sent_message", "triggered_message", "test_message", "failed_message", "scheduled_message"}
	programKinds = []string{"TRACK", "EVENT", "LIST_MAINT"}
)

// collections are all of them. The platform's paths are kept where it had any; /campaigns were messages there.
func collections() []collection {
	messages := func(name string) collection {
		return collection{
			Resource: sdk.Resource{
				Name: name, Path: "/" + name, Description: "Messages of a kind; those sent, unless type says otherwise.", Where: choice("type"),
				Poll: dated("/hubs/marketing/"+name, "msgId", "timeStamp", "timeStamp"),
			},
			path: []string{"message"}, choice: "type", words: messageKinds, paged: true, rows: "msgresult", most: 100,
		}
	}
	suppressed := func(name, path, last, what string) collection {
		return collection{
			// A row has no id. Its address is taken for one: the same address suppressed again, at another time, is that record updated.
			Resource: sdk.Resource{
				Name: name, Path: path, Description: what, Since: []string{"timestamp"}, Where: bounds("createdafter", "createdbefore"),
				Poll: dated("/hubs/marketing"+path, "email", "timestamp", "timestamp"),
			},
			path: []string{"list", last}, bounds: []string{"createdafter", "createdbefore"}, after: "createdafter", paged: true, rows: "result", most: maxCount,
		}
	}
	foldered := func(name, what string) collection {
		return collection{
			Resource: sdk.Resource{Name: name, Path: "/" + name, Description: what, Poll: dated("/hubs/marketing/"+name, "id", "modified", "creation_time")},
			path:     []string{map[string]string{forms: "form", pages: "page"}[name]},
		}
	}
	return []collection{
		{
			Resource: sdk.Resource{
				Name: lists, Path: "/lists", Description: "Lists; those of contacts, unless listingtype says otherwise.", Where: choice("listingtype"),
				Poll: dated("/hubs/marketing/lists", "id", "tsLastModified", ""),
			},
			path: []string{"list"}, choice: "listingtype", words: listKinds, paged: true, rows: "result", most: maxCount,
		},
		messages(messagesName), messages(campaigns),
		suppressed(hardBounces, "/lists/hardbounce", "hardbounce", "Addresses that bounced for good."),
		suppressed(optOuts, "/optouts", "optout", "Addresses that opted out."),
		suppressed(spamComplaints, "/lists/spamcomplaint", "spamcomplaint", "Addresses whose owners complained of spam."),
		foldered(forms, "Forms, each once, with its folder."),
		foldered(pages, "Landing pages, each once, with its folder."),
		{
			Resource: sdk.Resource{
				Name: programs, Path: "/programs", Description: "Automated programs with their folder; tracks, unless type says otherwise.", Where: choice("type"),
				// modifiedTs is 0 until a program is changed: its content tells more.
				Poll: &sdk.Poll{URL: "/hubs/marketing/programs", IDField: "id"},
			},
			path: []string{"program"}, choice: "type", words: programKinds,
		},
	}
}

func dated(url, id, updated, created string) *sdk.Poll {
	p := &sdk.Poll{URL: url, IDField: id, UpdatedDateField: updated, UpdatedDateFormat: "milliseconds"}
	if created != "" {
		p.CreatedDateField, p.CreatedDateFormat = created, "milliseconds"
	}
	return p
}

// choice and bounds are Act-On's words for what to give: no fields of a record.
func choice(name string) []sdk.Filter {
	return []sdk.Filter{{Name: name, Ops: []string{"="}, Parameter: true}}
}

func bounds(names ...string) (all []sdk.Filter) {
	for _, f := range conditions() {
		for _, name := range names {
			if f.Name == name {
				all = append(all, f)
			}
		}
	}
	return all
}

func (a adapter) find(name string) (collection, bool) {
	for _, c := range a.catalog {
		if c.Name == name {
			return c, true
		}
	}
	return collection{}, false
}
