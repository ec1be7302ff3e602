// Package main is the iContact adapter: what lies in one client folder, read through iContact's REST API 2.x. What can be read is in
// newCatalog.
//
// It finds the account and client folder of the credentials by itself, pages by row number with one repeated row, and asks for contacts on
// every list and on none. It must never judge an answer by its content type (iContact sends JSON as text/html), end a scan because of the
// total (stale after deletes), or change to another client folder than the one it has been reading.
//
// The sandbox of the host calls it; its tests run it as ordinary Go. Facts about the API: README.md.
package main

import (
	"fmt"
	"time"
	_ "time/tzdata" // the sandbox has no files

	"github.com/pollwright/pollwright/sdk"
)

func init() {
	sdk.Register(newAdapter())
	sdk.Rehearse(rehearsal()...)
}

func main() {}

type adapter struct {
	eastern *time.Location // the zone of iContact's dates
	catalog []collection   // what can be read
}

func newAdapter() adapter {
	eastern, err := time.LoadLocation(zone)
	if err != nil {
		panic(fmt.Sprintf("icontact: %v", err)) // only without the embedded zone data
	}
	return adapter{eastern: eastern, catalog: newCatalog()}
}

// Names of the requests that the adapter waits for.
const (
	askAccounts = "accounts"
	askFolders  = "folders"
	askRecords  = "records"
)

// state travels with a request and comes back with its response.
type state struct {
	Ask      string
	Place    place
	Found    bool // the place was discovered on the way to this page and is to be remembered
	Warnings []string
}

func (s state) write() sdk.Raw {
	o := new(sdk.Object).Text("ask", s.Ask).Raw("place", s.Place.write(new(sdk.Object)).JSON())
	if s.Found {
		o.Bool("found", true)
	}
	if len(s.Warnings) > 0 {
		o.Texts("warnings", s.Warnings)
	}
	return o.JSON()
}

func readState(text sdk.Raw) (s state, err error) {
	o, err := sdk.ReadOutline(text)
	if err != nil {
		return s, err
	}
	if o.Has("warnings") {
		if s.Warnings, err = o.Texts("warnings"); err != nil {
			return s, err
		}
	}
	place, err := o.Outline("place")
	s.Ask, s.Place, s.Found = o.Text("ask"), readPlace(place), o.Text("found") == "true"
	return s, err
}

// Step reads one page: discovery of the ids if they are not known, then the page itself.
func (a adapter) Step(c sdk.Call) sdk.Reply {
	r, err := a.reading(c)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "%v", err)
	}
	if c.Response == nil {
		return a.begin(c, r)
	}
	s, err := readState(c.State)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "the state of the request is not ours: %v", err)
	}
	if c.Response.Status != 200 {
		return r.refused(s)
	}
	body, err := c.Response.Outline()
	if err != nil {
		if said, _ := words(c.Response.Body); said != "" {
			return r.refused(s) // in XML
		}
		// A maintenance page or an answer that was cut off: the next poll may get a whole one.
		return sdk.Faultf(sdk.FaultTransient, "iContact's answer is no JSON object (%v): %s", err, sdk.Excerpt(c.Response.Body))
	}
	if n, isList := body.Len("errors"); body.Has("errors") && !(isList && n == 0) {
		return r.refused(s)
	}
	switch s.Ask {
	case askAccounts:
		return r.accounts(body, s)
	case askFolders:
		return r.folders(body, s)
	case askRecords:
		return r.page(body, s)
	}
	return sdk.Faultf(sdk.FaultInvalid, "the state of the request is not ours: it asked for %q", s.Ask)
}

// begin sends the first request of a page.
func (a adapter) begin(c sdk.Call, r reading) sdk.Reply {
	p, err := knownPlace(c)
	if err != nil {
		return sdk.Faultf(sdk.FaultInvalid, "%v", err)
	}
	return r.forward(state{Place: p})
}

// forward sends the next request that is needed: ids first, from the account down.
func (r reading) forward(s state) sdk.Reply {
	switch {
	case s.Place.Account == "":
		s.Ask = askAccounts
		return fetch(s, "a")
	case s.Place.Folder == "":
		s.Ask = askFolders
		return fetch(s, "a", s.Place.Account, "c")
	}
	s.Ask = askRecords
	reply := fetch(s, append([]string{"a", s.Place.Account, "c", s.Place.Folder}, r.path...)...)
	if reply.Fetch != nil {
		r.complete()
		reply.Fetch.Query = r.query
		reply.Fetch.Outline = !r.Single && r.Name != messages // of these all rows may have to be rewritten: oldDates
	}
	return reply
}

// headers are both asked for on every request, also on GET. They are never changed.
var headers = map[string]string{"Accept": "application/json", "Content-Type": "application/json"}

func fetch(s state, path ...string) sdk.Reply {
	return sdk.Reply{Fetch: &sdk.Fetch{Path: sdk.Path(path...), Headers: headers, State: s.write()}}
}
