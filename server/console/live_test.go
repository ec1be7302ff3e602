package console

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v2"
)

// quiet is an engine of which nothing is new.
type quiet struct{ Engine }

func (quiet) Halted() string { return "" }

// watched answers what a browser gets that asks for a live page, of which it has seen nothing.
func watched(t *testing.T, seats int, prepare func(*visit)) string {
	t.Helper()
	pages, err := readPages()
	if err != nil {
		t.Fatal(err)
	}
	u := &Console{Config: Config{Engine: quiet{}, Now: time.Now}, pages: pages, watchers: make(chan struct{}, seats)}
	app := fiber.New()
	app.Get("/", func(c *fiber.Ctx) error {
		v := u.visit(c)
		prepare(v)
		return v.watch(func(*visit) (page, error) {
			return page{Template: "fault", Title: "X", View: faultView{Message: "said"}}, nil
		})
	})
	res, err := app.Test(httptest.NewRequest("GET", "/", nil), -1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != fiber.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Errorf("%d %v %v", res.StatusCode, res.Header, err)
	}
	return string(body)
}

// TestALivePageStaysLiveInACrowd: where as many wait as may, a page is still told what is new, but asks less often.
func TestALivePageStaysLiveInACrowd(t *testing.T) {
	t.Parallel()
	if got := watched(t, 0, func(*visit) {}); !strings.HasPrefix(got, "retry: 5000\nid: ") || !strings.Contains(got, "said") {
		t.Errorf("got %q", got)
	}
	if got := watched(t, 1, func(*visit) {}); !strings.HasPrefix(got, "retry: 500\nid: ") {
		t.Errorf("with a place left: %q", got)
	}
}

// TestALivePageBringsATokenAtOnce: a browser that leaves the page while it waits would never get it.
func TestALivePageBringsATokenAtOnce(t *testing.T) {
	t.Parallel()
	if got, want := watched(t, 1, func(v *visit) { v.renewed = true }), "retry: 500\n: nothing new\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestEventText: what a callback answers is shown, and may hold carriage returns, which end a line of an event.
func TestEventText(t *testing.T) {
	t.Parallel()
	got := string(eventText("m", []byte("a\rid: b\r\nc\n\nd"), time.Second))
	if want := "retry: 1000\nid: m\ndata: a\ndata: id: b\ndata: c\ndata: \ndata: d\n\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
