package workshop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"

	"github.com/pollwright/pollwright/engine"
)

// consent has the user sign in at the provider and paste the address that the provider sent the browser to.
func (b *bench) consent(ctx context.Context) (code, state string, err error) {
	address, err := b.engine.OAuthURL(ctx, b.caller, b.manifest.Key, engine.ConsentRequest{
		APIKey: b.settings["oauth.api.key"], CallbackURL: b.settings["oauth.callback.url"], BaseURL: b.settings[baseURL],
	})
	if err != nil {
		return "", "", err
	}
	fmt.Fprintf(b.shop.Err, "Sign in here:\n  %s\nThen paste the address that your browser was sent to, and press Enter: ", address.OAuthURL)
	if b.run.In == nil {
		return "", "", fmt.Errorf("an authorization code is missing: give it in the environment as %s", Variable(b.manifest.Key, "code"))
	}
	line, err := readLine(ctx, b.run.In)
	if err != nil {
		return "", "", fmt.Errorf("no address was given: %w", err)
	}
	u, err := url.Parse(strings.TrimSpace(line))
	if err != nil || u.Query().Get("code") == "" {
		return "", "", errors.New("the address has no parameter code: it should be the one that the provider's page sent the browser to, whole")
	}
	return u.Query().Get("code"), u.Query().Get("state"), nil
}

// readLine reads a line, or gives up when ctx ends; whoever reads then is left behind with the terminal.
func readLine(ctx context.Context, in io.Reader) (string, error) {
	type answer struct {
		line string
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		line, err := bufio.NewReader(in).ReadString('\n')
		if line != "" {
			err = nil
		}
		got <- answer{line, err}
	}()
	select {
	case a := <-got:
		return a.line, a.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
