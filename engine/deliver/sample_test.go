package deliver

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

func TestSamplesConformToTheirSchemas(t *testing.T) {
	t.Parallel()
	for schema, c := range map[string]struct {
		format Format
		batch  int
		has    string // what tells it from a real one
	}{
		"elements":          {"", 0, `"objectType":"test"`},
		"cloudevents":       {FormatCloudEvents, 1, `"resource":"test"`},
		"cloudevents-batch": {FormatCloudEvents, 50, `"resource":"test"`},
		"standard":          {FormatStandard, 0, `"type":"test.created"`},
		"standard-batch":    {FormatStandard, 2, `"type":"test.changed"`},
	} {
		src := source()
		src.Format, src.Batch = c.format, c.batch
		row, other := sample(src, src.PollDate), sample(src, src.PollDate)
		if faults := faultsOf(t, schema, row.Payload); faults != nil || !strings.Contains(string(row.Payload), c.has) {
			t.Errorf("%s: %v\n%s", schema, faults, row.Payload)
		}
		if row.ID == other.ID {
			t.Errorf("%s: two samples have the id %s", schema, row.ID)
		}
	}
}

func TestASampleIsSentAsARealOneAndChangesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.emit("42", "n1")
		secret := NewWebhookSecret()
		target := Target{URL: "https://x/", WebhookSecrets: []Secret{secret}, Headers: Headers{"X-Key": {"k"}}, Paused: true}
		w.answer = func(_ context.Context, p post) (Answer, error) {
			if p.header.Get("X-Key") == "" {
				return Answer{}, errDown
			}
			return Answer{Status: 400, Body: []byte("no")}, nil
		}
		s := w.sender(nil)
		a, answer, err := s.Test(t.Context(), source(), target)
		if err != nil || a.Delivered() || a.Status != 400 || a.Fault != FaultStatus || string(answer.Body) != "no" {
			t.Errorf("attempt %+v, answer %s, %v", a, answer.Body, err)
		}
		sent := w.posts[0]
		v, err := standardwebhooks.NewWebhook(string(secret))
		if err != nil {
			t.Fatal(err)
		}
		if err := v.Verify([]byte(sent.body), sent.header); err != nil || sent.id != a.Notification {
			t.Errorf("sent as %s, told %s: %v", sent.id, a.Notification, err)
		}
		target.Headers = nil
		if a, _, err = s.Test(t.Context(), source(), target); err != nil || a.Fault != FaultConnect || !errors.Is(a.Err, errDown) {
			t.Errorf("no answer: %+v, %v", a, err)
		}
		if len(w.told()) != 0 || len(w.waiting("42")) != 1 || len(w.history("42", a.Notification)) != 0 || s.Stats() != (Stats{}) {
			t.Errorf("told %v, waiting %v, stats %+v", w.told(), w.waiting("42"), s.Stats())
		}
		target.WebhookSecrets = []Secret{Secret("nonsense")}
		if _, _, err = s.Test(t.Context(), source(), target); err == nil || len(w.posts) != 2 {
			t.Errorf("sent unsigned: %v", err)
		}
	})
}

func TestASampleEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.answer = func(ctx context.Context, _ post) (Answer, error) {
			<-ctx.Done()
			return Answer{}, ctx.Err()
		}
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		if _, _, err := w.sender(nil).Test(ctx, source(), Target{URL: "https://x/"}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		a, _, err := w.sender(nil).Test(t.Context(), source(), Target{URL: "https://x/"})
		if err != nil || a.Fault != FaultTimeout {
			t.Errorf("a callback that does not answer: %+v, %v", a, err)
		}
	})
}
