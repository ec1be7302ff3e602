package console

import (
	"fmt"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

// state is how an instance does, in a word, and what that means for its user. Level is "good", "warn", "bad" or "off".
type state struct{ Word, Level, Text string }

// stateWords are those that a list can be searched for, in the order of their urgency.
var stateWords = []string{"needs re-authentication", "stopped", "failing", "callback failing", "no adapter", "backlogged", "paused", "disabled", "not polled", "running"}

// stateOf judges an instance. failed is the newest outcome of a resource whose last poll failed; nil = none did.
func stateOf(in *engine.Instance, failed *engine.Outcome) state {
	switch {
	case in.Disabled:
		return state{"disabled", "off", "It is not polled until it is enabled. What changes meanwhile is told then."}
	case in.Stopped != nil && in.Stopped.Kind == sdk.FaultAuth:
		return state{"needs re-authentication", "bad", "The provider refuses its credentials: " + in.Stopped.Message}
	case in.Stopped != nil:
		return state{"stopped", "bad", fmt.Sprintf("Polling was stopped after %d failed polls in a row: %s", in.Stopped.Failures, in.Stopped.Message)}
	case in.Element.Digest == "":
		return state{"no adapter", "bad", "There is no adapter for " + in.Instance.Element + ". Polling goes on when there is one."}
	case !in.Events.Enabled:
		return state{"not polled", "off", "Events are not enabled. Its records can be read all the same."}
	case in.Events.CallbackURL == "":
		return state{"not polled", "warn", "It has no callback URL: without a place to send events to, nothing is polled."}
	case in.Callback.Paused:
		return state{"paused", "warn", "Nothing is sent to its callback until it is resumed; what waits is kept. Reason: " + in.Callback.Reason}
	case failed != nil:
		return state{"failing", "bad", fmt.Sprintf("The last poll of %s failed (%s): %s", failed.Resource, failed.Error.Kind, failed.Error.Message)}
	case in.Callback.Faults > 0:
		return state{"callback failing", "bad", "Its callback does not take notifications: " + in.Callback.Fault}
	case in.Callback.Full:
		return state{"backlogged", "warn", "So much waits for its callback that polling waits, too, until half of it is delivered."}
	}
	return state{"running", "good", "It is polled, and its events are delivered."}
}

// lastPolls reads the newest outcome of each resource of an instance, newest first, within the newest 20 rows.
func (v *visit) lastPolls(id int64) (last []engine.Outcome, err error) {
	rows, err := v.Engine.Polls(v.ctx, v.caller, id, "", 20)
	seen := map[string]bool{}
	for _, row := range rows {
		if !seen[row.Resource] {
			seen[row.Resource] = true
			last = append(last, row)
		}
	}
	return last, err
}

// failedOf is the newest outcome that failed; nil = none of the last ones did.
func failedOf(last []engine.Outcome) *engine.Outcome {
	for i := range last {
		if last[i].Failed() {
			return &last[i]
		}
	}
	return nil
}
