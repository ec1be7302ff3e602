package demo

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// maxNotification bounds a body; a notification has up to 1 MiB, or one larger record.
const maxNotification = 16 << 20

// receiver is a user's callback: it takes notifications at /events/{element}, refuses those whose signature is wrong, and answers the others
// 200 once they are taken.
type receiver struct {
	keys map[string]string // signature keys by element
	into *book
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	at, element := time.Now(), q.PathValue("element")
	key, known := r.keys[element]
	if !known {
		http.NotFound(w, q)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxNotification))
	if err != nil {
		http.Error(w, "the body could not be read", http.StatusBadRequest)
		return
	}
	if err := verify(key, q.Header.Get("Elements-Webhook-Signature"), body); err != nil {
		r.into.refuse(element, err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	id, events, err := read(body, at)
	if header := q.Header.Get("webhook-id"); err == nil && (header == "" || header != id) {
		err = fmt.Errorf("the header webhook-id is %q and message.eventId is %q: they should be the same", header, id)
	}
	if err != nil {
		r.into.misread(element, err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.into.take(element, events)
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, "{}") // a sender that left will send again
}

func (r *receiver) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("POST /events/{element}", r)
	return mux
}
