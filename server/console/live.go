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
	liveRetry   = 500 // milliseconds, of the browser
)

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// watch answers the next event of a live page.
func (v *visit) watch(load loader) error {
	select {
	case v.watchers <- struct{}{}:
		defer func() { <-v.watchers }()
	default:
		return v.SendStatus(fiber.StatusNoContent) // the browser asks no more
	}
	seen := v.Get("Last-Event-ID", v.Query("seen"))
	for end := time.Now().Add(liveHold); ; {
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
		if mark := digest(main); mark != seen || time.Now().After(end) {
			return v.event(mark, main, mark != seen)
		}
		select {
		case <-time.After(max(liveLook, liveShare*time.Since(began))):
		case <-v.ctx.Done():
			return v.event(seen, nil, false)
		}
	}
}

// event writes one; without news it only keeps the browser asking.
func (v *visit) event(mark string, main []byte, news bool) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "retry: %d\n", liveRetry)
	if news {
		fmt.Fprintf(&b, "id: %s\n", mark)
		for line := range bytes.Lines(main) {
			fmt.Fprintf(&b, "data: %s\n", bytes.TrimRight(line, "\r\n"))
		}
	} else {
		b.WriteString(": nothing new\n")
	}
	b.WriteString("\n")
	v.Set(fiber.HeaderContentType, "text/event-stream")
	return v.Send(b.Bytes())
}
