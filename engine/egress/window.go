package egress

import "time"

// longWindow is from where on what was used before a start of the process counts after it.
const longWindow = time.Minute

// window holds one rate. A bucket that holds n and refills at n per window lets 2n pass in a window that begins with it full. So a fifth of n (at
// least 1) is the burst and the rest is the refill: no window of Per ever holds more than Requests, wherever the provider's own begins, and a long
// window still starts quickly.
//
// Over a restart the same holds without anything being stored: the bucket of a credential that was in use before is empty when the process begins, as if
// the burst had just been used. What is stored at a stop (Saved) only spares the wait.
type window struct {
	Rate
	burst  float64
	refill float64 // per nanosecond
	tokens float64
	at     time.Time // of tokens
	counts [slots]int
	slot   int64 // that counts was brought up to, since 1970
}

// slots is how finely the requests of the last window are counted, for people.
const slots = 24

func newWindow(r Rate, now, used time.Time) *window {
	burst := max(1, r.Requests/5)
	w := &window{Rate: r, burst: float64(burst), refill: float64(max(1, r.Requests-burst)) / float64(r.Per), at: now}
	if w.tokens = w.burst; !used.IsZero() && r.Per >= longWindow {
		w.tokens, w.at = 0, used
	}
	return w
}

// slow says that an empty bucket is worth sparing the next start.
func (w *window) slow() bool { return w.refill*float64(worthWait) < 1 }

// worthWait is how long a request may wait for a bucket to fill after a start, without what was known at the stop.
const worthWait = 2 * time.Second

// roomAt is when there are n tokens.
func (w *window) roomAt(now time.Time, n int) time.Time {
	w.flow(now)
	if missing := float64(n) - w.tokens; missing > 0 {
		return now.Add(time.Duration(missing/w.refill) + 1) // never a nanosecond too early
	}
	return now
}

func (w *window) flow(now time.Time) {
	if gone := now.Sub(w.at); gone > 0 {
		w.tokens = min(w.burst, w.tokens+float64(gone)*w.refill)
		w.at = now
	}
}

func (w *window) take(now time.Time) {
	w.flow(now)
	w.tokens--
	w.shift(now)
	w.counts[w.slot%slots]++
}

// shift forgets what is older than the window.
func (w *window) shift(now time.Time) {
	slot := now.UnixNano() / int64(max(w.Per/slots, 1))
	for w.slot = max(w.slot, slot-slots); w.slot < slot; {
		w.slot++
		w.counts[w.slot%slots] = 0
	}
}

// used is how many requests the last window had, as far as this process knows.
func (w *window) used(now time.Time) (n int) {
	w.shift(now)
	for _, c := range w.counts {
		n += c
	}
	return n
}

func (w *window) full(now time.Time) bool {
	w.flow(now)
	return w.tokens >= w.burst
}
