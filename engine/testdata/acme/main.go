// Command acme is an adapter for a made-up provider, as a third party would write it: one request, one page.
package main

import "github.com/pollwright/pollwright/sdk"

// version is told to the provider, too.
const version = "0.1.0"

type acme struct{}

func init() { sdk.Register(acme{}) }

func main() {}

func (acme) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "acme", Name: "Acme", Hub: "general", Version: version,
		Config:   []sdk.Parameter{{Key: "acme.token", Label: "Token", Type: "string", Required: true, Secret: true}},
		Auth:     sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{"X-Acme-Token": "{acme.token}"}},
		BaseURLs: []string{"https://acme.example"},
		Resources: []sdk.Resource{{Name: "things", Path: "/things", Default: true, Poll: &sdk.Poll{
			URL: "/hubs/general/things", IDField: "id", UpdatedDateField: "changed", UpdatedDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
			CreatedDateField: "made", CreatedDateFormat: "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
		}}},
	}
}

func (acme) Step(call sdk.Call) sdk.Reply {
	switch {
	case call.Response == nil:
		return sdk.Reply{Fetch: &sdk.Fetch{Path: "/things", Headers: map[string]string{"X-Acme-Adapter": version}}}
	case call.Response.Status != 200:
		return sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultTransient, Message: "Acme is not well"}}
	}
	return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/things"}}}}
}
