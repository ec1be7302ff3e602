package api

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

// failed is Fiber's error handler: it gets the errors of requests that never reached a handler, like one whose body is too large.
func (s *Server) failed(c *fiber.Ctx, err error) error {
	s.refuse(c, err)
	s.log.Debug("request refused", "request", requestID(c), "status", c.Response().StatusCode())
	return nil
}

// refuse answers an error.
func (s *Server) refuse(c *fiber.Ctx, err error) {
	status, body := s.refusal(c, err)
	if err := answer(c, status, body); err != nil {
		s.log.Error("error not answered", "request", body.RequestID, "err", err)
	}
}

// refusal is what to answer to an error, in whatever form, with the headers that go with its status set. What lies behind a 500 is for the log
// only, where the request id finds it.
func (s *Server) refusal(c *fiber.Ctx, err error) (int, errorBody) {
	status, body := failure(err)
	body.RequestID = requestID(c)
	switch status {
	case http.StatusInternalServerError:
		s.log.Error("request failed", "request", body.RequestID, "method", c.Method(), "path", c.Path(), "err", err)
	case http.StatusUnauthorized:
		c.Set(fiber.HeaderWWWAuthenticate, `User realm="pollwright", Organization realm="pollwright"`)
	case http.StatusTooManyRequests:
		setRetryAfter(c, err)
	case http.StatusServiceUnavailable:
		setTroubleWait(c, err)
	case http.StatusMethodNotAllowed:
		body.Message = fmt.Sprintf("%s is not possible here; possible: %s", c.Method(), c.GetRespHeader(fiber.HeaderAllow))
	case http.StatusNotFound:
		if body.Message == "" {
			body.Message = fmt.Sprintf("there is no %s %s", c.Method(), clip(c.Path()))
		}
	case http.StatusRequestTimeout:
		body.Message = fmt.Sprintf("the request did not arrive within %v", s.reading)
	case http.StatusRequestEntityTooLarge:
		linger(c)
	}
	return status, body
}

// unknownWait is told where a provider wants fewer requests and does not say for how long.
const unknownWait = 30 * time.Second

// setRetryAfter tells when to come again, in whole seconds, never too early.
func setRetryAfter(c *fiber.Ctx, err error) {
	wait := time.Second
	var (
		blocked blockedError
		read    *engine.ReadError
	)
	switch {
	case errors.As(err, &blocked):
		wait = blocked.wait
	case errors.As(err, &read) && read.RetryAfter > 0:
		wait = read.RetryAfter
	case errors.As(err, &read):
		wait = unknownWait
	}
	c.Set(fiber.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(wait.Seconds()))))
}

// setTroubleWait tells when what is in trouble may be asked again.
func setTroubleWait(c *fiber.Ctx, err error) {
	if read := (*engine.ReadError)(nil); errors.As(err, &read) && read.RetryAfter > 0 {
		setRetryAfter(c, err)
		return
	}
	c.Set(fiber.HeaderRetryAfter, "5")
}

// failure is the one place that decides which error has which status.
//
// A provider that refuses the credentials of a new instance is 400 and not 401: a 401 of this API means the caller's own Authorization
// header, and clients react to it by asking their user for other secrets; what is wrong here stands in the body.
func failure(err error) (int, errorBody) {
	var (
		syntax   *instance.SyntaxError
		invalid  *instance.InvalidError
		provider *engine.ProviderError
		conflict *engine.ConflictError
		denied   *engine.DeniedError
		read     *engine.ReadError
		resource *engine.UnknownResourceError
		record   *engine.MissingRecordError
		where    *engine.WhereError
		busy     *engine.BusyError
		reused   *engine.ReusedKeyError
		module   *engine.AdapterError
		role     *engine.ForbiddenError
		missing  missingError
		noAuth   unauthorizedError
		blocked  blockedError
		media    mediaError
		notReady notReadyError
		known    *fiber.Error
	)
	switch {
	case errors.As(err, &syntax):
		return http.StatusBadRequest, errorBody{Message: syntax.Error(), Line: syntax.Line, Column: syntax.Column}
	case errors.As(err, &invalid):
		return http.StatusBadRequest, errorBody{Message: summary(invalid.Problems), Errors: invalid.Problems, Warnings: invalid.Warnings}
	case errors.As(err, &provider) && provider.Temporary:
		return http.StatusServiceUnavailable, errorBody{Message: provider.Element + " could not be asked for tokens; try again", ProviderMessage: provider.Message}
	case errors.As(err, &provider):
		return http.StatusBadRequest, errorBody{Message: provider.Element + " did not accept the credentials", ProviderMessage: provider.Message}
	case errors.As(err, &denied):
		return http.StatusBadRequest, errorBody{Message: denied.Element + " gave no authorization: " + denied.Code, ProviderMessage: denied.Description}
	case errors.As(err, &read):
		return readFailure(read)
	case errors.As(err, &resource):
		return http.StatusNotFound, errorBody{Message: resource.Error()}
	case errors.As(err, &record):
		return http.StatusNotFound, errorBody{Message: record.Error()}
	case errors.As(err, &where):
		return http.StatusBadRequest, errorBody{Message: where.Error(), Errors: []instance.Problem{{Path: "where", Message: where.Cause.Error()}}}
	case errors.As(err, &busy):
		return http.StatusTooManyRequests, errorBody{Message: busy.Error()}
	case errors.As(err, &missing):
		return http.StatusNotFound, errorBody{Message: missing.Error()}
	case errors.As(err, &blocked):
		return http.StatusTooManyRequests, errorBody{Message: blocked.Error()}
	case errors.As(err, &noAuth):
		return http.StatusUnauthorized, errorBody{Message: noAuth.Error()}
	case errors.Is(err, engine.ErrUnauthorized):
		return http.StatusUnauthorized, errorBody{Message: engine.ErrUnauthorized.Error()}
	case errors.Is(err, engine.ErrForbidden):
		return http.StatusForbidden, errorBody{Message: engine.ErrForbidden.Error()}
	case errors.As(err, &role):
		return http.StatusForbidden, errorBody{Message: role.Message}
	case errors.Is(err, engine.ErrDisabled):
		return http.StatusForbidden, errorBody{Message: engine.ErrDisabled.Error()}
	case errors.As(err, &module):
		return refusedModule(module)
	case errors.As(err, &reused):
		return http.StatusUnprocessableEntity, errorBody{Message: reused.Error()}
	case errors.As(err, &conflict):
		return http.StatusConflict, errorBody{Message: conflict.Message}
	case errors.As(err, &media):
		return http.StatusUnsupportedMediaType, errorBody{Message: media.Error()}
	case errors.As(err, &notReady):
		return http.StatusServiceUnavailable, errorBody{Message: notReady.Error()}
	case errors.Is(err, engine.ErrStopping), errors.Is(err, context.Canceled):
		return http.StatusServiceUnavailable, errorBody{Message: engine.ErrStopping.Error()}
	case errors.Is(err, context.DeadlineExceeded):
		return http.StatusServiceUnavailable, errorBody{Message: fmt.Sprintf("the request was not done within %v; try again", workTime)}
	case errors.As(err, &known):
		return known.Code, errorBody{Message: ownWords(known)}
	}
	return http.StatusInternalServerError, errorBody{Message: "internal error; the server's log tells more under this request id"}
}

// readFailure is the status of a provider whose records could not be read. Refused credentials are 401, as on the platform: a hub request's
// Element token stands for them, and the way out is to authorize the instance again.
func readFailure(err *engine.ReadError) (int, errorBody) {
	status, message := http.StatusBadGateway, "gave no answer that could be used"
	switch err.Cause() {
	case engine.CauseCredentials:
		status, message = http.StatusUnauthorized, "did not accept the instance's credentials"
	case engine.CauseMissing:
		status, message = http.StatusNotFound, "did not find it"
	case engine.CauseLimit:
		status, message = http.StatusTooManyRequests, "wants fewer requests; try again later"
	case engine.CauseRequest:
		status, message = http.StatusBadRequest, "did not accept the request"
	case engine.CauseTrouble:
		if message = "is in trouble or cannot be reached; try again"; err.RetryAfter > 0 {
			status = http.StatusServiceUnavailable
		}
	case engine.CauseTime:
		status, message = http.StatusGatewayTimeout, "took too long"
	case engine.CauseStore:
		return http.StatusServiceUnavailable, errorBody{Message: "what is stored of the instance could not be read; try again"}
	}
	return status, errorBody{Message: err.Element + " " + message, ProviderMessage: err.Message}
}

// ownWords replaces what Fiber says of a request that it refuses itself; 404 and 405 are worded in refuse, where the request is known.
func ownWords(err *fiber.Error) string {
	switch err.Code {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return ""
	case http.StatusRequestEntityTooLarge:
		return fmt.Sprintf("the body is larger than %d bytes (a module: %d)", bodyLimit, moduleLimit)
	case http.StatusRequestHeaderFieldsTooLarge:
		return fmt.Sprintf("the request line and headers are larger than %d bytes", headerLimit)
	case http.StatusBadRequest:
		return "the request is not HTTP that can be read"
	}
	return strings.ToLower(http.StatusText(err.Code))
}

// summary puts all faults into one line: many clients show the message and nothing else.
func summary(problems []instance.Problem) string {
	const shown = 20
	texts := make([]string, 0, shown+1)
	for i, p := range problems {
		if i == shown {
			texts = append(texts, fmt.Sprintf("and %d more", len(problems)-shown))
			break
		}
		texts = append(texts, p.Path+" "+p.Message)
	}
	return strings.Join(texts, "; ")
}
