// Command receiver is a receiver of notifications, to begin one's own with. It verifies the signature of Standard Webhooks, takes each
// notification once, and answers before it works on what it got. It needs the standard library only.
//
//	WEBHOOK_SECRET=whsec_... ADDR=127.0.0.1:9000 go run ./docs/receivers/go
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// tolerance is how old, or how early by another clock, a request may be: an older one may be somebody's copy.
const tolerance = 5 * time.Minute

// largest is the most bytes of a notification.
const largest = 2 << 20

func main() {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(os.Getenv("WEBHOOK_SECRET"), "whsec_"))
	if err != nil || len(key) == 0 {
		log.Fatal("WEBHOOK_SECRET should be the webhookSecret that POST /instances showed, like whsec_...")
	}
	http.Handle("POST /events", &receiver{key: key, seen: map[string]bool{}})
	log.Fatal(http.ListenAndServe(os.Getenv("ADDR"), nil))
}

type receiver struct {
	key  []byte
	mu   sync.Mutex
	seen map[string]bool
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, largest))
	if err != nil {
		http.Error(w, "the body did not come whole", http.StatusBadRequest)
		return
	}
	if err := r.verify(req.Header, body, time.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	if r.keep(req.Header.Get("Webhook-Id")) {
		print(body)
	}
	w.WriteHeader(http.StatusNoContent)
}

// verify checks the signature over the bytes as they came; any of several is enough while a secret is changed.
func (r *receiver) verify(header http.Header, body []byte, now time.Time) error {
	id, stamp := header.Get("Webhook-Id"), header.Get("Webhook-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if age := now.Sub(time.Unix(seconds, 0)); err != nil || age > tolerance || age < -tolerance {
		return errors.New("the timestamp is missing, too old or too new")
	}
	mac := hmac.New(sha256.New, r.key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want := mac.Sum(nil)
	for part := range strings.FieldsSeq(header.Get("Webhook-Signature")) {
		claimed, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(part, "v1,"))
		if err == nil && hmac.Equal(claimed, want) {
			return nil
		}
	}
	return errors.New("no signature is of this request by this secret")
}

// keep reports whether a notification is new. A real receiver stores the id and the body in one transaction of its database, answers, and works
// on it afterwards: what is kept in memory is forgotten at a restart.
func (r *receiver) keep(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.seen[id]
	r.seen[id] = true
	return !known
}

// print shows the events of a notification in the platform's format. Compare dates before overwriting: after a redelivery an older event of an
// object can come behind a newer one.
func print(body []byte) {
	var notification struct {
		Message struct {
			Events []struct{ EventType, ObjectType, ObjectID, Date, EventID string }
		}
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if err := decoder.Decode(&notification); err != nil {
		log.Print("not in the format elements: ", err)
		return
	}
	for _, e := range notification.Message.Events {
		fmt.Println(e.EventType, e.ObjectType, e.ObjectID, e.Date, e.EventID)
	}
}
