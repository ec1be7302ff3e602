package main

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// refused judges an answer that is not what was asked for, by iContact's own words first: {"errors":["prose", ...]} and no codes.
func refused(c sdk.Call, s state) sdk.Reply {
	text := ""
	if body, err := sdk.ReadOutline(c.Response.Body); err == nil {
		text = strings.Join(texts(body, "errors"), " ")
	}
	reply := sdk.FaultFromStatus(c, text)
	reply.Fault.Kind = kind(c.Response.Status, text, reply.Fault.Kind)
	reply.Fault.Message += hint(c, s)
	return reply
}

// kind corrects what the status alone says.
func kind(status int, text, usual string) string {
	lower := strings.ToLower(text)
	switch {
	case contains(lower, "username invalid", "password you provided was not recognized", "application was not recognized"):
		return sdk.FaultAuth // the status of the last two was never recorded; 401 is only likely
	case (status == 403 || status == 503) && contains(lower, "throttl", "too many", "rate limit", "request limit", "limit exceeded"):
		return sdk.FaultRateLimited // there are limits, but which status tells of them is not documented
	case status == 402:
		// The account's bill is not paid: like a disabled account, people must act, and asking on would not help.
		return sdk.FaultAuth
	}
	return usual
}

// hint says what would be right, where iContact's words do not.
func hint(c sdk.Call, s state) string {
	switch c.Response.Status {
	case 402:
		return " (iContact wants its bill for this account paid)"
	case 501:
		return fmt.Sprintf(" (is %s %q one of 2.0, 2.1 and 2.2?)", keyVersion, c.Config[keyVersion])
	case 403, 404:
		if s.Ask != askRecords {
			return ""
		}
		return fmt.Sprintf(" (read from account %s, client folder %s; if that folder is gone or closed to these credentials, set %s)",
			s.Place.Account, s.Place.Folder, keyFolder)
	}
	return ""
}

// misshapen is the fault for a 200 that lacks what was asked for. iContact hides refusals behind a 200 with null and warnings.
func misshapen(body sdk.Outline, want string, err error) sdk.Reply {
	if said := texts(body, "warnings"); len(said) > 0 {
		return sdk.Faultf(sdk.FaultInvalid, "iContact answered without %s: %s", want, strings.Join(said, " "))
	}
	return sdk.Faultf(sdk.FaultInvalid, "iContact's answer has no %s (%v); it has %q", want, err, body.Names())
}

// texts reads a list of prose, each on one line. What is no such list is shown as it is.
func texts(body sdk.Outline, name string) []string {
	if !body.Has(name) {
		return nil
	}
	var list []string
	if body.Decode(name, &list) != nil {
		return []string{sdk.Excerpt(body.Raw(name))}
	}
	for i, text := range list {
		list[i] = strings.Join(strings.Fields(text), " ")
	}
	return list
}

func contains(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
