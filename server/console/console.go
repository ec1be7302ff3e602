package console

import (
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/netip"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine/instance"
)

// Path is where the console is served.
const Path = "/console"

// Config of a Console. Engine and Logger are required.
type Config struct {
	Engine  Engine
	Logger  *slog.Logger
	Version string
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Door is what the console shares with the API: who may come in, and the words for what is wrong.
type Door interface {
	Client(*fiber.Ctx) netip.Addr
	RequestID(*fiber.Ctx) string
	Admit(*fiber.Ctx) error
	FailedLogin(*fiber.Ctx, error) error
	Stopped() <-chan struct{}
	Refusal(*fiber.Ctx, error) (status int, message string, problems []instance.Problem)
}

// Console serves the pages.
type Console struct {
	Config
	door     Door
	pages    map[string]*template.Template
	assets   map[string]asset
	watchers chan struct{} // bounds how many wait for something new
}

// New reads the pages; nothing is served before Mount.
func New(config Config) (*Console, error) {
	if config.Engine == nil || config.Logger == nil {
		return nil, errors.New("console config: fields Engine and Logger are required")
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	pages, err := readPages()
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	assets, err := readAssets()
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return &Console{Config: config, pages: pages, assets: assets, watchers: make(chan struct{}, maxWatchers)}, nil
}
