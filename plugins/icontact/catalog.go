package main

import "github.com/pollwright/pollwright/sdk"

// collection is a resource with what iContact has to be told to read it. Its path below the client folder is the resource's own path.
type collection struct {
	sdk.Resource
	rows  string // member of an answer that holds the records; of a single resource, the one record
	order string // the field by which its pages come, ascending: rows that are created while we read come at the end, where they disturb nothing
	usual int    // rows of a page if nothing else is asked for
	whole bool   // its answers have no limit, offset and total: all rows come at once
}

// find gives the collection of that name, nil if there is none.
func (a adapter) find(resource string) *collection {
	for i := range a.catalog {
		if a.catalog[i].Name == resource {
			return &a.catalog[i]
		}
	}
	return nil
}

func resources(catalog []collection) []sdk.Resource {
	list := make([]sdk.Resource, len(catalog))
	for i, c := range catalog {
		list[i] = c.Resource
	}
	return list
}

// newCatalog lists everything that is read. It is made once, before the first call.
func newCatalog() []collection {
	var all []collection
	all = append(all, people()...)
	all = append(all, mailings()...)
	all = append(all, events()...)
	return append(all, singles()...)
}

// people: contacts and what sorts them.
func people() []collection {
	return []collection{
		{
			Resource: sdk.Resource{
				Name: contacts, Path: "/contacts", Default: true, Since: []string{createDate}, Where: contactFilters(),
				OrderBy:     []string{createDate, "contactId", "email", "firstName", "lastName", "city", "state", "postalCode", "status"},
				Description: "People, whether on a list or not. iContact dates their creation only.",
				Poll:        dated("/contacts", "contactId", createDate, localDate, zone, maxLimit),
			},
			rows: contacts, order: createDate, usual: maxLimit,
		},
		undated("lists", "/lists", "listId", "Mailing lists. They have no date: their content is compared."),
		undated("segments", "/segments", "segmentId", "Segments of lists. They have no date: their content is compared."),
		{
			Resource: sdk.Resource{
				Name: "criteria", Path: "/segments/{segmentId}/criteria",
				Description: "The conditions of one segment. They have no date: their content is compared.",
				Poll:        &sdk.Poll{URL: "/hubs/general/segments/{segmentId}/criteria", IDField: "criterionId"},
			},
			rows: "criteria", usual: maxLimit, whole: true,
		},
		{
			// Whether subscriptions can be searched at all is not documented; a term that iContact ignores only makes the answer longer.
			Resource: sdk.Resource{
				Name: "subscriptions", Path: "/subscriptions", OrderBy: []string{"addDate"},
				Where:       []sdk.Filter{coarse("contactId"), coarse("listId"), coarse("status")},
				Description: "Which contact is on which list. Dated by when it was added: a later change of its status shows in its content only.",
				Poll:        dated("/subscriptions", "subscriptionId", "addDate", isoDate, "", maxLimit),
			},
			rows: "subscriptions", order: "addDate", usual: maxLimit,
		},
		{
			// An answer shows no customFieldId: it is the private name.
			Resource: sdk.Resource{
				Name: "customfields", Path: "/customfields",
				Description: "The account's own fields of contacts. They have no date: their content is compared.",
				Poll:        &sdk.Poll{URL: "/hubs/general/customfields", IDField: "privateName"},
			},
			rows: "customfields", usual: maxLimit,
		},
	}
}

// mailings: what is written and sent.
func mailings() []collection {
	return []collection{
		{
			// No Since: createDate is not among the search fields of messages. A message carries its HTML, so pages are small.
			Resource: sdk.Resource{
				Name: messages, Path: "/messages", Default: true, OrderBy: []string{createDate},
				Where:       []sdk.Filter{coarse("messageType"), coarse("campaignId"), coarse("subject")},
				Description: "E-mails: normal, autoresponder, welcome and confirmation.",
				Poll:        dated("/messages", "messageId", createDate, isoDate, "", 50),
			},
			rows: messages, order: createDate, usual: 50,
		},
		undated("campaigns", "/campaigns", "campaignId", "Campaigns: the senders of messages. They have no date: their content is compared."),
		// scheduledTime lies in the future at first, and a send changes its status without changing it.
		undated("sends", "/sends", "sendId", "Messages sent, or waiting to be sent. Watched by their content, since their status changes."),
	}
}

func undated(name, path, id, description string) collection {
	return collection{
		Resource: sdk.Resource{
			Name: name, Path: path, Description: description, Poll: &sdk.Poll{URL: "/hubs/general" + path, IDField: id},
		},
		rows: name, order: id, usual: maxLimit,
	}
}

// dated is a poll by a date that is both creation and last change.
func dated(path, id, field, format, timezone string, size int) *sdk.Poll {
	return &sdk.Poll{
		URL: "/hubs/general" + path, IDField: id, PageSize: size,
		UpdatedDateField: field, UpdatedDateFormat: format, UpdatedDateTimezone: timezone,
		CreatedDateField: field, CreatedDateFormat: format, CreatedDateTimezone: timezone,
	}
}
