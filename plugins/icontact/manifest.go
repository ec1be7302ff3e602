package main

import "github.com/pollwright/pollwright/sdk"

// zone is where iContact's clocks are: createDate of a contact is US Eastern local time, written without an offset.
const zone = "America/New_York"

// Configuration keys. The first four are the platform's, the others ours.
const (
	keyVersion  = "api.version"
	keyAppID    = "AppID"
	keyUsername = "api.username"
	keyPassword = "api.password"
	keyAccount  = "account.id"
	keyFolder   = "client.folder.id"
	keyStatus   = "status"
)

// Names of the resources that are polled by default; also their paths and the key of their rows in an answer.
const (
	contacts = "contacts"
	messages = "messages"
)

// createDate is the only date that contacts and messages have: an update leaves no trace in it.
const createDate = "createDate"

// Formats of the dates of records (java.text.SimpleDateFormat).
const (
	localDate = "yyyy-MM-dd' 'HH:mm:ss"    // of contacts, in zone
	isoDate   = "yyyy-MM-dd'T'HH:mm:ssXXX" // of all others
)

// Describe gives the manifest.
func (a adapter) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "icontact", Name: "iContact", Hub: "marketing", Version: "1.1.0", ID: 13766,
		Description: "E-mail marketing. Reads contacts, lists, messages, campaigns, what became of them, and more of one client folder.",
		Config:      parameters(),
		Auth: sdk.Auth{Type: sdk.AuthHeaders, Headers: map[string]string{
			"API-Version":  "{" + keyVersion + "}",
			"API-AppId":    "{" + keyAppID + "}",
			"API-Username": "{" + keyUsername + "}",
			"API-Password": "{" + keyPassword + "}",
		}},
		BaseURLs:  []string{"https://app.icontact.com/icp"},
		RateLimit: []sdk.Rate{{Requests: 10_000, PerSeconds: 3600}, {Requests: 70_000, PerSeconds: 86_400}},
		Resources: resources(a.catalog),
	}
}

func parameters() []sdk.Parameter {
	return []sdk.Parameter{
		{Key: keyVersion, Label: "API-Version", Type: "string", Default: "2.2", Description: "Version of iContact's API: 2.0, 2.1 or 2.2; 2.3 with iContact Pro."},
		{Key: keyAppID, Label: "API-AppId", Type: "string", Required: true, Description: "Id of the application registered with iContact."},
		{Key: keyUsername, Label: "API-Username", Type: "string", Required: true, Description: "iContact user name.", Account: true},
		{Key: keyPassword, Label: "API-Password", Type: "string", Required: true, Secret: true,
			Description: "The application's password set in iContact, not the login password."},
		{Key: keyAccount, Label: "Account id", Type: "string",
			Description: "Only needed if the credentials see several accounts; by default the first enabled one is read."},
		{Key: keyFolder, Label: "Client folder id", Type: "string",
			Description: "Only needed if the account has several client folders; by default the first one is read."},
		{Key: keyStatus, Label: "Contact status", Type: "string", Default: "total",
			Description: "Which contacts: total (all), unlisted (on no list), normal, bounced, donotcontact, pending, invitable or deleted."},
	}
}
