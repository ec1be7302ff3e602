package deliver

import (
	"net/http"
	"testing"
	"time"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := Backoff{}.defaults(time.Second, 5*time.Minute)
	for _, n := range []int{1, 2, 3, 8, 9, 10, 64, 1000, 1 << 30, 1<<62 - 1} {
		limit := time.Duration(min(float64(time.Second)*pow2(n-1), float64(5*time.Minute)))
		for range 200 {
			if got := b.delay(n); got < limit/2 || got > limit {
				t.Fatalf("delay(%d) = %v, want %v to %v", n, got, limit/2, limit)
			}
		}
	}
	drawn := map[time.Duration]bool{}
	for range 100 {
		drawn[b.delay(5)] = true
	}
	if len(drawn) < 50 {
		t.Errorf("%d different waits in 100", len(drawn))
	}
}

func pow2(n int) float64 {
	if n > 62 {
		return 1e300
	}
	return float64(int64(1) << n)
}

func TestUnreadableRetryAfterIsNone(t *testing.T) {
	t.Parallel()
	for _, value := range []string{"", "-1", "soon", "1.5", "Sun, 06 Nov 1994 08:49:37 GMT", "0"} {
		if got := retryAfter(http.Header{"Retry-After": {value}}, time.Now()); got != 0 {
			t.Errorf("Retry-After %q = %v, want 0", value, got)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "Sun, 06 Nov 1994 08:49:37 GMT")
	f.Add("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0001 08:49:37 GMT")
	f.Fuzz(func(t *testing.T, value, date string) {
		got := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Unix(0, 0))
		if got < 0 || got > maxRetryAfter {
			t.Errorf("Retry-After %q = %v", value, got)
		}
	})
}
