package engine_test

import (
	"strings"
	"testing"

	"github.com/pollwright/pollwright/engine"
)

// The stored form of format 1 never changes: a job that began before an update goes on after it.
func TestStoredRedelivery(t *testing.T) {
	t.Parallel()
	const stored = `{"format":1,"id":"000001900000000abcd1234","instanceId":42,"filter":{"status":"NOTIFIED","state":"delivered","type":"CREATED",` +
		`"resource":"contacts","objectId":"7","from":"2026-06-09","to":"2026-06-10"},"state":"failed","sent":3,"skipped":1,"reachedAt":"2026-06-09T20:47:01.25Z",` +
		`"startedAt":"2026-06-09T20:47:01Z","finishedAt":"2026-06-09T20:48:01Z","error":"x","letter":"deadletter/42/1/a","letters":true,"after":5,"end":9}`
	if got, err := engine.RewriteRedelivery(stored); err != nil || got != "redelivery/42/000001900000000abcd1234 "+stored {
		t.Errorf("%s, %v", got, err)
	}
	if _, err := engine.RewriteRedelivery(`{"format":2}`); err == nil || !strings.Contains(err.Error(), "format 2") {
		t.Errorf("a later format: %v", err)
	}
}
