package api

import "github.com/pollwright/pollwright/sdk"

// resourceBody is a resource of an element.
type resourceBody struct {
	Name        string    `json:"name"`
	Path        string    `json:"path"`
	Description string    `json:"description,omitempty"`
	Default     bool      `json:"default"` // polled when an instance enables events and names no resource
	Poll        *pollBody `json:"poll"`    // null if it cannot be polled
}

// pollBody is an entry of event.poller.configuration, as a user would write it.
type pollBody struct {
	URL      string    `json:"url"`
	IDField  string    `json:"idField"`
	Dates    datesBody `json:"datesConfiguration"`
	PageSize int       `json:"pageSize,omitempty"`
}

type datesBody struct {
	UpdatedField    string `json:"updatedDateField,omitempty"`
	UpdatedFormat   string `json:"updatedDateFormat,omitempty"`
	UpdatedTimezone string `json:"updatedDateTimezone,omitempty"`
	CreatedField    string `json:"createdDateField,omitempty"`
	CreatedFormat   string `json:"createdDateFormat,omitempty"`
	CreatedTimezone string `json:"createdDateTimezone,omitempty"`
}

func viewResource(r sdk.Resource) resourceBody {
	b := resourceBody{Name: r.Name, Path: r.Path, Description: r.Description, Default: r.Default}
	if r.Poll != nil {
		b.Poll = viewPoll(*r.Poll)
	}
	return b
}

func viewPoll(p sdk.Poll) *pollBody {
	return &pollBody{
		URL: p.URL, IDField: p.IDField, PageSize: p.PageSize,
		Dates: datesBody{
			UpdatedField: p.UpdatedDateField, UpdatedFormat: p.UpdatedDateFormat, UpdatedTimezone: p.UpdatedDateTimezone,
			CreatedField: p.CreatedDateField, CreatedFormat: p.CreatedDateFormat, CreatedTimezone: p.CreatedDateTimezone,
		},
	}
}
