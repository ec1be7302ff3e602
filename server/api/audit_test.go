package api

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

func (f *fakeEngine) Audit(ctx context.Context, caller engine.Caller, q engine.AuditQuery) ([]engine.AuditEntry, string, error) {
	if err := f.trouble(ctx); err != nil {
		return nil, "", err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked.audit, f.asked.from = q, caller
	return []engine.AuditEntry{{
		ID: "00065f1a2b3c4d5e6f708192", Time: time.Date(2026, 6, 9, 20, 47, 1, 0, time.UTC), Organization: 7, User: 8, From: "127.0.0.1",
		Request: "405acf2e8957e3788b75e6ef", Action: "instance.create", Subject: "instances/9", Detail: "Shop",
	}}, "next", nil
}

func TestAuditIsListed(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.call("GET", "/audit?action=instance&subject=instances/9&user=8&from=2026-06-09&to=2026-06-10&pageSize=3&nextPage=0065", "")
	want := engine.AuditQuery{Action: "instance", Subject: "instances/9", User: "8", From: "2026-06-09", To: "2026-06-10", Page: "0065", Size: 3}
	if w.engine.asked.audit != want || r.status != 200 || r.header.Get("Elements-Next-Page-Token") != "next" || !strings.Contains(r.text, `"action":"instance.create"`) {
		t.Errorf("asked %+v, got %d %s", w.engine.asked.audit, r.status, r.text)
	}
	if by := w.engine.asked.from; by.From != "127.0.0.1" || by.Request != r.header.Get("Elements-Request-Id") {
		t.Errorf("the caller is %+v, want its address and the request's id", by)
	}
	wantError(t, "without credentials", w.call("GET", "/audit", "", "Authorization:"), 401, "Authorization header is missing")
}
