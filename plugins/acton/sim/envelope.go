package sim

import (
	"net/http"
	"strconv"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// The API's error codes that occur here.
const (
	codeList      = 10004 // 400 Invalid or missing list
	codeContact   = 10008 // 400 Invalid contact
	codeParameter = 10121 // 422 missing parameter
)

// The codes of the gateway before 2023.
const (
	legacyThrottled = 900800
	legacyInvalid   = 900901
	legacyMissing   = 900902
	legacyExpired   = 900903
	legacyInactive  = 900904
)

func (s *Sim) answer(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // into a buffer
}

// fail answers with the API's own envelope.
func (s *Sim) fail(w http.ResponseWriter, status int, code int64, message string) {
	s.answer(w, status, new(simkit.Object).Int("errorCode", code).String("message", message).Bytes())
}

// refuseGate answers with the gateway's envelope of the generation in force; legacy is the older one's code.
func (s *Sim) refuseGate(w http.ResponseWriter, status int, legacy int64) {
	body := gatewayBody(status)
	if s.options.Legacy {
		body = legacyBody(status, legacy)
	}
	s.answer(w, status, body)
}

// errorBody is the body of an injected fault.
func (s *Sim) errorBody(status int) (string, []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.options.Legacy {
		return "application/json", gatewayBody(status)
	}
	code := int64(status)
	switch status {
	case http.StatusUnauthorized:
		code = legacyInactive
	case http.StatusTooManyRequests:
		code = legacyThrottled
	}
	return "application/json", legacyBody(status, code)
}

// gatewayBody is the envelope since 2023; httpCode is a string.
func gatewayBody(status int) []byte {
	more := ""
	switch status {
	case http.StatusNotFound:
		more = "No resources match requested URI"
	case http.StatusTooManyRequests:
		more = "Rate Limit exceeded"
	}
	return new(simkit.Object).String("httpCode", strconv.Itoa(status)).
		String("httpMessage", http.StatusText(status)).String("moreInformation", more).Bytes()
}

func legacyBody(status int, code int64) []byte {
	access := "Access failure for API: /api/1, version: 1. Make sure you have given the correct access token"
	message, description := http.StatusText(status), "The request could not be served"
	switch code {
	case legacyThrottled:
		message, description = "Message throttled out", "You have exceeded your quota"
	case legacyInvalid:
		message, description = "Invalid Credentials", access
	case legacyMissing:
		message, description = "Missing Credentials", access
	case legacyExpired:
		message, description = "Access Token Expired", access
	case legacyInactive:
		message, description = "Access Token Inactive", access
	}
	fault := new(simkit.Object).Int("code", code).String("message", message).String("description", description).Bytes()
	return new(simkit.Object).Raw("fault", fault).Bytes()
}

// refuseOAuth answers with the envelope of the token endpoint.
func (s *Sim) refuseOAuth(w http.ResponseWriter, status int, code, description string) {
	s.answer(w, status, new(simkit.Object).String("error", code).String("error_description", description).Bytes())
}
