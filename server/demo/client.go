package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// patience is how long the server may take to be ready and the first polls to be made.
const patience = 60 * time.Second

// client calls the REST API as a user does.
type client struct {
	http               *http.Client
	url                string
	organization, user string // secrets
}

// authorization is the value of the Authorization header.
func (c *client) authorization() string { return "User " + c.user + ", Organization " + c.organization }

// do sends a request and reads a JSON answer; another status than 200 is an error with the server's words.
func (c *client) do(ctx context.Context, method, path, body string, into any) error {
	q, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	q.Header.Set("Authorization", c.authorization())
	if body != "" {
		q.Header.Set("Content-Type", "application/json")
	}
	answer, err := c.http.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 8<<20))
	switch {
	case err != nil:
		return fmt.Errorf("%s %s: %w", method, path, err)
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s: %s: %s", method, path, answer.Status, bytes.TrimSpace(text))
	case into == nil:
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s %s: the answer is not as expected: %w", method, path, err)
	}
	return nil
}

// ready waits until the server answers that it works.
func (c *client) ready(ctx context.Context) error {
	return again(ctx, func() error { return c.do(ctx, http.MethodGet, "/readyz", "", nil) })
}

// made is the part of POST /instances' answer that a user must keep, and what the server tolerated in the body.
type made struct {
	ID       int64     `json:"id"`
	Token    string    `json:"token"`
	Warnings []problem `json:"warnings"`
}

type problem struct {
	Path    string `json:"path"`
	Message string `json:"message"`
}

func (c *client) create(ctx context.Context, body string) (m made, err error) {
	if err := c.do(ctx, http.MethodPost, "/instances", body, &m); err != nil {
		return m, err
	}
	if m.ID == 0 || m.Token == "" {
		return m, errors.New("POST /instances: the answer has no id or no token")
	}
	return m, nil
}

// watched waits until each resource of an instance was polled without a fault: what happens at the provider from then on is told.
func (c *client) watched(ctx context.Context, id int64, resources []string) error {
	return again(ctx, func() error {
		var polls []struct {
			Resource string `json:"resource"`
			Error    *struct {
				Kind    string `json:"kind"`
				Message string `json:"message"`
			} `json:"error"`
		}
		if err := c.do(ctx, http.MethodGet, fmt.Sprintf("/instances/%d/polls", id), "", &polls); err != nil {
			return err
		}
		good := map[string]bool{}
		var fault error
		for _, p := range polls { // newest first
			if p.Error == nil {
				good[p.Resource] = true
			} else if fault == nil {
				fault = fmt.Errorf("poll of %s: %s: %s", p.Resource, p.Error.Kind, p.Error.Message)
			}
		}
		for _, r := range resources {
			if !good[r] {
				return errors.Join(fmt.Errorf("%s was not polled yet", r), fault)
			}
		}
		return nil
	})
}

// again tries until it works, ctx ends or patience is used up, and then returns the last error.
func again(ctx context.Context, try func() error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := try()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}
