package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// churnEvery is how often something changes at a provider.
const churnEvery = 25 * time.Millisecond

// recent is how many of the newest Act-On rows are changed again.
const recent = 40

// churn creates records at both providers, and changes Act-On rows once their last version was sent, those first where it is still unanswered, or
// refused and waiting to be sent again: the next version has to wait for it. Of the resources that are compared by content records are deleted, too.
func (w *world) churn(ctx context.Context, rng *rand.Rand) {
	tick := time.NewTicker(churnEvery)
	defer tick.Stop()
	var rows []string
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := w.account.update()
		if err == nil {
			err = w.mutate(ctx, rng, n, &rows)
		}
		if err != nil && ctx.Err() == nil {
			w.t.Errorf("work at the providers: %v", err)
			return
		}
	}
}

func (w *world) mutate(ctx context.Context, rng *rand.Rand, n int, rows *[]string) error {
	var made simkit.Entry
	row := map[string]any{"fields": map[string]string{"First Name": fmt.Sprint(n)}}
	switch n % 10 {
	case 0:
		return w.tryControl(ctx, http.MethodPost, "icontact", "records/contacts", map[string]any{"email": fmt.Sprintf("c%d@example.com", n)}, &made)
	case 1:
		return w.tryControl(ctx, http.MethodPost, "icontact", "records/messages", map[string]any{"subject": fmt.Sprint("message ", n)}, &made)
	case 2:
		err := w.tryControl(ctx, http.MethodPost, "acton", "records/contacts", row, &made)
		*rows = append(*rows, made.ID)
		*rows = (*rows)[max(0, len(*rows)-recent):]
		return err
	case 3, 4:
		if len(w.contents) > 0 {
			return w.contents[n%len(w.contents)].mutate(ctx, w, rng, n)
		}
	}
	if sent := w.account.sent(*rows, "acton", "contacts"); len(sent) > 0 {
		return w.tryControl(ctx, http.MethodPatch, "acton", "records/contacts/"+sent[rng.IntN(len(sent))], row, &made)
	}
	return nil
}
