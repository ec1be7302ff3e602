package sdktest

import (
	"errors"
	"fmt"

	"github.com/pollwright/pollwright/sdk"
)

// maxSteps ends a scan that would never end.
const maxSteps = 10_000

// Page is one page of a scan: what the adapter said, and the body that its pointers point into.
type Page struct {
	sdk.Page
	Body []byte
}

// Result is a scan from its first step to its last page or its fault.
type Result struct {
	Fetches []sdk.Fetch
	Pages   []Page
	Fault   *sdk.Fault
}

// ErrEnough, returned by a provider, ends a scan early and without a failure.
var ErrEnough = errors.New("enough")

// Scan asks for the first page with first and goes on as the host does: it sends each request to provider, hands the answer back with the
// adapter's state, keeps the memo, and follows the pages until the last one or a fault.
func Scan(h Host, first sdk.Call, provider func(sdk.Fetch) (sdk.Response, error)) (Result, error) {
	var result Result
	call := first
	for range maxSteps {
		reply, err := h.Step(call)
		if err != nil {
			return result, err
		}
		switch {
		case reply.Fault != nil:
			result.Fault = reply.Fault
			return result, nil
		case reply.Fetch != nil:
			result.Fetches = append(result.Fetches, *reply.Fetch)
			response, err := provider(*reply.Fetch)
			if errors.Is(err, ErrEnough) {
				return result, nil
			}
			if err != nil {
				return result, err
			}
			call.State, call.Outline, call.Response = reply.Fetch.State, reply.Fetch.Outline, &response
		default:
			page := Page{Page: *reply.Page}
			if call.Response != nil {
				page.Body = call.Response.Body
			}
			result.Pages = append(result.Pages, page)
			if page.Next == "" {
				return result, nil
			}
			if page.Memo != nil {
				call.Memo = page.Memo
			}
			call.Query.Page, call.State, call.Response = page.Next, nil, nil
		}
	}
	return result, fmt.Errorf("the scan did not end within %d steps", maxSteps)
}
