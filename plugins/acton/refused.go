package main

import (
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// envelope is what the four kinds of error that Act-On's gateways and API answer with have in common. They are told apart by their keys:
//
//	{"httpCode":"401","httpMessage":"Unauthorized","moreInformation":""}     gateway since 2023
//	{"fault":{"code":900904,"message":"...","description":"..."}}            gateway before
//	{"errorCode":10004,"message":"Invalid or missing list"}                  the API itself
//	{"error":"access_denied","error_description":"Unauthorized"}             OAuth
type envelope struct {
	found  bool
	status int64 // 0 if the body names none
	code   int64 // of the old gateway or the API
	api    bool  // the API itself refuses: it has understood the request
	oauth  string
	text   string
}

func readEnvelope(body sdk.Outline) envelope {
	switch {
	case body.Has("httpCode"):
		status, _ := body.Int("httpCode")
		return envelope{found: true, status: status, text: join(": ", body.Text("httpMessage"), body.Text("moreInformation"))}
	case body.Has("fault"):
		f, err := body.Outline("fault")
		if err != nil {
			return envelope{found: true, text: sdk.Excerpt(body.Raw("fault"))}
		}
		code, _ := f.Int("code") // 0 for none
		return envelope{found: true, code: code, text: join(" ", join(": ", f.Text("message"), f.Text("description")), number(code))}
	case body.Has("errorCode"):
		code, _ := body.Int("errorCode")
		return envelope{found: true, code: code, api: true, text: join(" ", body.Text("message"), number(code))}
	case body.Has("error"):
		return envelope{found: true, oauth: body.Text("error"), text: join(": ", body.Text("error"), body.Text("error_description"))}
	}
	return envelope{}
}

// refused is the fault for an error. A 200 with an error inside is judged by the status that the body names.
func refused(call sdk.Call, body sdk.Outline, list string) sdk.Reply {
	e := readEnvelope(body)
	response := *call.Response
	if !e.found {
		e.text = sdk.Excerpt(response.Body) // HTML or text of what stands before the gateway
	}
	if response.Status == 200 && e.status > 0 {
		response.Status = int(e.status)
	}
	call.Response = &response
	reply := sdk.FaultFromStatus(call, e.text)
	reply.Fault.Kind = e.kind(response.Status, reply.Fault.Kind)
	if e.api && e.code == 10008 && call.Query.Resource == contact {
		reply.Fault.Kind = sdk.FaultNotFound
	}
	if e.api && e.code == 10004 && list != "" {
		reply.Fault.Message += fmt.Sprintf(" (list %s; Act-On shows a list's id in its details)", list)
	}
	return reply
}

// kind corrects what the status alone says.
func (e envelope) kind(status int, usual string) string {
	switch {
	case e.code >= 900_800 && e.code < 900_900:
		return sdk.FaultRateLimited // throttled out
	case e.aboutToken(status):
		return sdk.FaultAuth
	case e.api && (e.code == 10004 || e.code == 10012 || e.code == 10013 || e.code == 10030 || e.code == 10054):
		return sdk.FaultNotFound // no such list, form, page, message or id; comes as 400
	case strings.Contains(e.text, "PUBLIC_API_FEATURE_NOT_ENABLED"):
		return sdk.FaultAuth // the account has no right to the API; its envelope is not documented
	case status == 403 && throttled(e.text):
		return sdk.FaultRateLimited // what exhausted limits look like is not documented
	case status == 403 && (e.found || e.text != ""):
		return sdk.FaultInvalid // about the request, such as 10085, or what the account may do: a new token would not help
	case e.api && usual == sdk.FaultAuth && status != 401:
		return sdk.FaultInvalid
	}
	return usual
}

// aboutToken says whether an error names the token or the right to one. A 403 that says nothing at all is left to its status: one refresh tells.
func (e envelope) aboutToken(status int) bool {
	switch e.oauth {
	case "access_denied", "invalid_client", "invalid_grant", "invalid_token", "unauthorized_client":
		return true
	}
	if e.code >= 900_901 && e.code <= 900_904 {
		return true // invalid, missing, expired, inactive
	}
	lower := strings.ToLower(e.text)
	return status == 403 && !e.api && (strings.Contains(lower, "token") || strings.Contains(lower, "credentials"))
}

func throttled(text string) bool {
	lower := strings.ToLower(text)
	return strings.Contains(lower, "rate limit") || strings.Contains(lower, "too many requests") || strings.Contains(lower, "throttled")
}

func number(code int64) string {
	if code == 0 {
		return ""
	}
	return fmt.Sprintf("(error %d)", code)
}

// join joins the texts that are not empty.
func join(by string, texts ...string) string {
	kept := texts[:0]
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return strings.Join(kept, by)
}
