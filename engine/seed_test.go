package engine_test

import (
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// `make bench-scale` sets these.
var (
	seedDir  = flag.String("seed.dir", "", "data folder that TestSeed fills with instances; without, it does nothing")
	seedBody = flag.String("seed.body", "", "file with the POST body of the instances")
	seeds    = flag.Int("seed.instances", 1000, "how many")
)

// TestSeed fills a data folder with instances that have been polled once and found nothing. Through the API a million of them takes an hour.
func TestSeed(t *testing.T) {
	if *seedDir == "" {
		t.Skip("set -seed.dir, or run make bench-scale")
	}
	body, err := os.ReadFile(*seedBody)
	if err != nil {
		t.Fatal(err)
	}
	secrets := engine.Secrets{Organization: os.Getenv("POLLWRIGHT_ORGANIZATION_SECRET"), User: os.Getenv("POLLWRIGHT_USER_SECRET")}
	e, err := engine.New(t.Context(), engine.Config{
		Dir: *seedDir, Builtin: os.DirFS(adapters), AllowPrivateEgress: true, OrganizationSecret: secrets.Organization, UserSecret: secrets.User,
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	caller, err := e.Authenticate(t.Context(), secrets)
	if err == nil {
		err = e.Seed(t.Context(), caller, body, *seeds)
	}
	if err != nil {
		t.Error(err)
	}
	settled(t, filepath.Join(*seedDir, "store"))
	if err := e.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// settled waits until the store sorts its tables no more: what was filled in at once would be sorted by the server that is measured.
func settled(t *testing.T, dir string) {
	t.Helper()
	var last []string
	for same, deadline := 0, time.Now().Add(10*time.Minute); same < 5 && time.Now().Before(deadline); same++ {
		time.Sleep(time.Second)
		tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(tables, last) {
			last, same = tables, 0
		}
	}
}
