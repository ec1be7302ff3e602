package workshop

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// mostNotification bounds a body; one larger record is the most that a notification has.
const mostNotification = 64 << 20

// inbox receives the events of a run, one in each notification.
type inbox struct {
	screen *screen

	mu   sync.Mutex
	news chan struct{} // closed and made anew when something arrives
	got  map[string]int
}

func newInbox(s *screen) *inbox {
	return &inbox{screen: s, news: make(chan struct{}), got: map[string]int{}}
}

// arrived is the part of a notification that is shown.
type arrived struct {
	Message struct {
		Raw    map[string]json.RawMessage `json:"raw"`
		Events []told                     `json:"events"`
	} `json:"message"`
}

// told is an event, with its record under the name of its resource.
type told struct {
	Kind       string          `json:"eventType"`
	ObjectType string          `json:"objectType"`
	ObjectID   string          `json:"objectId"`
	Date       string          `json:"date"`
	EventID    string          `json:"eventId"`
	Record     json.RawMessage `json:"record,omitempty"`
}

func (i *inbox) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, mostNotification))
	var n arrived
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	if err != nil {
		http.Error(w, fmt.Sprintf("not a notification: %v", err), http.StatusBadRequest)
		return
	}
	for _, e := range n.Message.Events {
		var records []json.RawMessage
		if json.Unmarshal(n.Message.Raw[e.ObjectType], &records) == nil && len(records) > 0 {
			e.Record = records[0]
		}
		i.screen.event(e)
		i.take(e)
	}
}

func (i *inbox) take(e told) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.got[e.ObjectType]++
	close(i.news)
	i.news = make(chan struct{})
}

// await waits until n more events of a resource have arrived than were waited for before.
func (i *inbox) await(ctx context.Context, resource string, n int, patience time.Duration) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		i.mu.Lock()
		got, news := i.got[resource], i.news
		if got >= n {
			i.got[resource] -= n
			i.mu.Unlock()
			return nil
		}
		i.mu.Unlock()
		select {
		case <-news:
			late.Reset(patience)
		case <-late.C:
			return fmt.Errorf("only %d of %d events of %s arrived within %v", got, n, resource, patience)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
