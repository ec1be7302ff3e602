package sdktest

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// Host runs one operation of an adapter: op is sdk.OpDescribe or sdk.OpStep, input and output are the bytes of the ABI. An error means that
// the call itself broke (a trap, a deadline). It may be called from several goroutines.
type Host func(op int, input []byte) ([]byte, error)

// Native runs an adapter as ordinary Go, through the same bytes as in the sandbox.
func Native(a sdk.Adapter) Host {
	return func(op int, input []byte) ([]byte, error) {
		return sdk.Answer(a, int32(op), input), nil
	}
}

// Manifest asks the adapter to describe itself.
func (h Host) Manifest() (sdk.Manifest, error) {
	out, err := h(sdk.OpDescribe, nil)
	if err != nil {
		return sdk.Manifest{}, fmt.Errorf("describe: %w", err)
	}
	return sdk.DecodeManifest(out)
}

// seen is a call as the adapter is shown it: with the outline of the answer, if its manifest or its request wants that.
func (h Host) seen(c sdk.Call) (sdk.Call, error) {
	if c.Response == nil {
		return c, nil
	}
	m, err := h.Manifest()
	if err != nil || m.Body != sdk.BodyOutline && !c.Outline {
		return c, err
	}
	r := *c.Response
	r.Body, r.Elided = sdk.Elide(r.Body)
	c.Response = &r
	return c, nil
}

// Step asks the adapter one question and refuses a reply that the real host would refuse. The question is asked twice: an adapter whose second
// reply is another depends on something that it was not given.
func (h Host) Step(c sdk.Call) (sdk.Reply, error) {
	c, err := h.seen(c)
	if err != nil {
		return sdk.Reply{}, err
	}
	input, err := sdk.EncodeCall(c)
	if err != nil {
		return sdk.Reply{}, err
	}
	out, err := h(sdk.OpStep, input)
	if err != nil {
		return sdk.Reply{}, fmt.Errorf("step: %w", err)
	}
	again, err := h(sdk.OpStep, input)
	if err != nil || !bytes.Equal(out, again) {
		return sdk.Reply{}, fmt.Errorf("the same call gives %s, and then %s (%v)", sdk.Excerpt(out), sdk.Excerpt(again), err)
	}
	reply, err := sdk.DecodeReply(out)
	if err != nil {
		return sdk.Reply{}, err
	}
	if problems := reply.Check(); len(problems) > 0 {
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = p.String()
		}
		return sdk.Reply{}, fmt.Errorf("the reply is not in order: %s", strings.Join(texts, "; "))
	}
	return reply, nil
}
