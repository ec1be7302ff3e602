package command

import (
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"sync"
)

// inbox is a receiver of notifications.
type inbox struct {
	url    string
	mu     sync.Mutex
	status int // of its answers
	letter []letter
}

// letter is a notification in the platform's form, as it was taken.
type letter struct {
	Header  http.Header
	Body    []byte
	Path    string
	Message struct {
		InstanceID int64 `json:"instanceId"`
		EventID    string
		Events     []told
	}
}

// told is one event.
type told struct{ ObjectID, ObjectType, EventType, EventID string }

func newInbox() *inbox { return &inbox{status: http.StatusOK} }

func (i *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l := letter{Header: r.Header.Clone(), Body: body, Path: r.URL.Path}
	_ = json.Unmarshal(body, &l) // of another form: no events
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.status < 300 {
		i.letter = append(i.letter, l)
	}
	w.WriteHeader(i.status)
}

// answer has the receiver answer so from now on.
func (i *inbox) answer(status int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.status = status
}

// letters are those that were taken.
func (i *inbox) letters() []letter {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.letter)
}

// events are those of one object, in the order in which they came.
func (i *inbox) events(object string) (list []told) {
	for _, l := range i.letters() {
		for _, e := range l.Message.Events {
			if e.ObjectID == object {
				list = append(list, e)
			}
		}
	}
	return list
}
