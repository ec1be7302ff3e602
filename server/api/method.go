package api

import (
	"net/http"
	"slices"
)

// rawContext is what is needed of the context of Fiber's HTTP library, which only Fiber may name.
type rawContext interface {
	Method() []byte
	Error(message string, status int)
	SetContentType(string)
}

// knownMethods answers a method that is none before Fiber does, which would do so in plain text.
func knownMethods[C rawContext, H ~func(C)](next H, methods []string) H {
	return func(c C) {
		if slices.Contains(methods, string(c.Method())) {
			next(c)
			return
		}
		c.Error(`{"requestId":"`+newRequestID()+`","message":"the request's method is not known here"}`+"\n", http.StatusNotImplemented)
		c.SetContentType("application/json")
	}
}
