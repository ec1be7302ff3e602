package main

import "github.com/pollwright/pollwright/sdk"

// events: what contacts did, and what was done to them. None has an id of its own, and to build one would mean to rewrite every row.
//
// An open, click, bounce or unsubscribe is told apart by its contact and its time, which is what a poll by dates remembers: the id field is
// contactId, and a second open of the same contact at another time is another event, UPDATED if the first is not long past. Dates of whole
// seconds are remembered together with the row's content, so that two clicks within one second, on two links, are two. By content (detect
// "hash") only the first open of a contact would be told.
//
// An action belongs to one contact, so its time tells it apart.
func events() []collection {
	return []collection{
		ofMessage("opens", "openTime", "Who opened one message, and when."),
		ofMessage("clicks", "clickTime", "Who followed which link of one message, and when."),
		ofMessage("bounces", "bounceTime", "To whom one message could not be delivered, and when."),
		ofMessage("unsubscribes", "unsubscribeTime", "Who unsubscribed by one message, and when."),
		{
			// The documented times have an offset without a colon.
			Resource: sdk.Resource{
				Name: "actions", Path: "/contacts/{contactId}/actions", OrderBy: []string{"actionTime"},
				Where:       []sdk.Filter{coarse("actionType"), coarse("actor")},
				Description: "The history of one contact: what was changed, by whom and when.",
				Poll:        dated("/contacts/{contactId}/actions", "actionTime", "actionTime", "yyyy-MM-dd'T'HH:mm:ssZ", "", maxLimit),
			},
			rows: "actions", order: "actionTime", usual: maxLimit,
		},
	}
}

func ofMessage(name, date, description string) collection {
	path := "/messages/{messageId}/" + name
	return collection{
		Resource: sdk.Resource{
			Name: name, Path: path, Description: description, OrderBy: []string{date},
			Poll: dated(path, "contactId", date, isoDate, "", maxLimit),
		},
		rows: name, order: date, usual: maxLimit,
	}
}

// singles are records that are read by their id. A contact shows its custom fields only here.
func singles() []collection {
	return []collection{
		single("contact", "/contacts/{contactId}", "contact", "One contact, with its custom fields."),
		single("message", "/messages/{messageId}", "message", "One message."),
		single("statistics", "/messages/{messageId}/statistics", "statistics", "How often one message was delivered, opened, clicked and so on."),
		single("list", "/lists/{listId}", "list", "One list."),
		single("segment", "/segments/{segmentId}", "segment", "One segment."),
		single("subscription", "/subscriptions/{subscriptionId}", "subscription", "One subscription, by the ids of its list and its contact: 205001_60000101."),
		single("campaign", "/campaigns/{campaignId}", "campaign", "One campaign."),
		single("send", "/sends/{sendId}", "send", "One send."),
		single("customfield", "/customfields/{customFieldId}", "customfield", "One custom field, by its private name."),
	}
}

func single(name, path, row, description string) collection {
	return collection{Resource: sdk.Resource{Name: name, Path: path, Single: true, Description: description}, rows: row}
}
