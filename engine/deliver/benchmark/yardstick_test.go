package benchmark

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/store"
)

// post is the yardstick: as many loops as the sender has requests in flight, each of which forms the events of a poll and sends them, one
// request after the other. What fails is lost.
func (b *bench) post(d time.Duration) result {
	client := &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: inFlight}}
	defer client.CloseIdleConnections()
	m := b.begin()
	end := time.Now().Add(d)
	var all sync.WaitGroup
	for i := range inFlight {
		all.Go(func() {
			for p := b.yardsticks[i]; time.Now().Before(end); {
				changes := p.changes()
				for _, n := range deliver.Form(p.src, changes) {
					if err := b.postOne(client, n); err != nil {
						b.t.Errorf("yardstick: %v", err)
						return
					}
				}
				m.events.Add(int64(len(changes)))
			}
		})
	}
	all.Wait()
	m.pause()
	return m.end()
}

func (b *bench) postOne(client *http.Client, n store.Notification) error {
	now := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, b.key)
	mac.Write([]byte(n.ID + "." + now + "."))
	mac.Write(n.Payload)
	req, err := http.NewRequest(http.MethodPost, b.sink.url, bytes.NewReader(n.Payload))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", n.ID)
	req.Header.Set("webhook-timestamp", now)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return err
}
