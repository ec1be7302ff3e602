package main

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// refused judges an answer that is not what was asked for, by iContact's own words first: a list of prose under "errors" in JSON, or the
// same in XML, and no codes.
func (r reading) refused(s state) sdk.Reply {
	text, web := words(r.call.Response.Body)
	reply := sdk.FaultFromStatus(r.call, text)
	reply.Fault.Kind = kind(r.call.Response.Status, text, web, reply.Fault.Kind)
	if web {
		reply.Fault.Message += " (a web page, and no answer of iContact's API: from a proxy, or for maintenance)"
	} else {
		reply.Fault.Message += r.hint(s)
	}
	return reply
}

// kind corrects what the status alone says.
func kind(status int, text string, web bool, usual string) string {
	lower := strings.ToLower(text)
	switch {
	case contains(lower, "username invalid", "password you provided was not recognized", "application was not recognized"):
		return sdk.FaultAuth // the status of the last two was never recorded; 401 is only likely
	case (status == 403 || status == 503) && contains(lower, "throttl", "too many", "rate limit", "request limit", "limit exceeded"):
		return sdk.FaultRateLimited // there are limits, but which status tells of them is not documented
	case web && (status == 401 || status == 402 || status == 403):
		return sdk.FaultTransient // whoever made the page has not looked at the credentials
	case status == 402:
		// The account's bill is not paid: like a disabled account, people must act, and asking on would not help.
		return sdk.FaultAuth
	}
	return usual
}

// hint says what would be right, where iContact's words do not.
func (r reading) hint(s state) string {
	switch r.call.Response.Status {
	case 402:
		return " (iContact wants its bill for this account paid)"
	case 501:
		return fmt.Sprintf(" (is %s %q one of 2.0, 2.1 and 2.2, or 2.3 with iContact Pro?)", keyVersion, r.call.Config[keyVersion])
	case 403, 404:
		if s.Ask != askRecords {
			return ""
		}
		from := fmt.Sprintf("account %s, client folder %s", s.Place.Account, s.Place.Folder)
		if r.call.Response.Status == 404 && len(r.path) > 1 {
			return fmt.Sprintf(" (%s is not in %s; if it is in another one, set %s)", strings.Join(r.path, "/"), from, keyFolder)
		}
		return fmt.Sprintf(" (read from %s; if that folder is gone or closed to these credentials, set %s)", from, keyFolder)
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
