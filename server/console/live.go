package console

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/gofiber/fiber/v2"
)

// A live page is asked for again as server-sent events: the answer comes when there is something new to see, holds one event, and ends; the
// browser asks for the next, with what it has seen. Nothing is kept for a browser that is gone.
const (
	liveLook    = time.Second
	liveHold    = 15 * time.Second
	liveShare   = 50 // a page is looked at again after so many times what it takes to make it
	maxWatchers = 100
	liveRetry   = 500 * time.Millisecond // of the browser
	liveCrowded = 5 * time.Second        // the same while as many wait as may
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// watch answers the next event of a live page.
func (v *visit) watch(load loader) error {
	seen, hold, retry := v.Get("Last-Event-ID", v.Query("seen")), liveHold, liveRetry
	if v.renewed { // the browser gets the token now: later it may have left the page
		return v.tell(seen, nil, retry)
	}
	select {
	case v.watchers <- struct{}{}:
		defer func() { <-v.watchers }()
	default:
		hold, retry = 0, liveCrowded
	}
	for end := time.Now().Add(hold); ; {
		began := time.Now()
		v.now = v.Now()
		p, err := load(v)
		if err != nil || p.Location != "" {
			return v.SendStatus(fiber.StatusNoContent)
		}
		main, err := v.render("main", v.frame(p))
		if err != nil {
			return err
		}
		switch mark := digest(main); {
		case mark != seen:
			return v.tell(mark, main, retry)
		case time.Now().After(end):
			return v.tell(seen, nil, retry)
		}
		select {
		case <-time.After(max(liveLook, liveShare*time.Since(began))):
		case <-v.ctx.Done():
			return v.tell(seen, nil, retry)
		case <-v.door.Stopped():
			return v.tell(seen, nil, liveCrowded)
		}
	}
}

func (v *visit) tell(mark string, main []byte, retry time.Duration) error {
	v.Set(fiber.HeaderContentType, "text/event-stream")
	return v.Send(eventText(mark, main, retry))
}

// eventText writes an event; without news it only keeps the browser asking. A carriage return ends a line of an event, as in a page.
func eventText(mark string, main []byte, retry time.Duration) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "retry: %d\n", retry.Milliseconds())
	if main == nil {
		b.WriteString(": nothing new\n")
	} else {
		fmt.Fprintf(&b, "id: %s\n", mark)
		main = bytes.ReplaceAll(bytes.ReplaceAll(main, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		for line := range bytes.Lines(main) {
			fmt.Fprintf(&b, "data: %s\n", bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	b.WriteString("\n")
	return b.Bytes()
}
