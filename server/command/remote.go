package command

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine"
)

// Bounds on an answer of a running server.
const (
	remoteTime = time.Minute
	remoteSize = 8 << 20 // bytes
)

// remote is a running server. Its secrets never print.
type remote struct {
	base   string
	header string
	client *http.Client
}

func newRemote(address, user, organization string) (*remote, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil || u.RawQuery != "" {
		return nil, usageError{fmt.Errorf("--url should be like http://127.0.0.1:8080, without a user or a query")}
	}
	return &remote{
		base: strings.TrimSuffix(address, "/"), header: "User " + user + ", Organization " + organization,
		// A redirect would take the secrets elsewhere.
		client: &http.Client{Timeout: remoteTime, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}, nil
}

// open reports whether others on the way can read what is sent.
func (r *remote) open() bool {
	u, err := url.Parse(r.base)
	if err != nil || u.Scheme == "https" || u.Hostname() == "localhost" {
		return false
	}
	ip, err := netip.ParseAddr(u.Hostname())
	return err != nil || !ip.IsLoopback()
}

// Format keeps the secrets out of messages.
func (r *remote) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "server at "+r.base) }

func (r *remote) Close(context.Context) error { return nil }

// call sends a request and reads the answer into a value. A refusal is an error with the server's words.
func (r *remote) call(ctx context.Context, method, path string, body, into any) (http.Header, error) {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, r.base+path, bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", r.header)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := r.client.Do(req)
	if err != nil {
		return nil, r.unanswered(err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, remoteSize+1))
	if err != nil {
		return nil, fmt.Errorf("the answer of %s broke off: %w", r.base, err)
	}
	if len(answer) > remoteSize {
		return nil, fmt.Errorf("the answer of %s has more than %d bytes", r.base, remoteSize)
	}
	if res.StatusCode != http.StatusOK {
		return nil, refusedBy(res, answer)
	}
	if err := json.Unmarshal(answer, into); err != nil {
		return nil, fmt.Errorf("what answers at %s is not a Pollwright server: %w", r.base, err)
	}
	return res.Header, nil
}

func (r *remote) unanswered(err error) error {
	return fmt.Errorf("no server answers at %s (%w); to work on the data folder of a stopped one, name it with --data", r.base, err)
}

// refusedBy is what the server says.
func refusedBy(res *http.Response, answer []byte) error {
	var body struct{ Message, RequestID string }
	if json.Unmarshal(answer, &body) != nil || body.Message == "" {
		return fmt.Errorf("the server answered %s", res.Status)
	}
	if wait := res.Header.Get("Retry-After"); wait != "" {
		body.Message += " (" + wait + " s)"
	}
	return fmt.Errorf("the server refuses: %s (%d, request %s)", body.Message, res.StatusCode, body.RequestID)
}

// none is the answer of a call that tells nothing.
type none struct{}

func (r *remote) CreateOrganization(ctx context.Context, name string) (made engine.Organization, err error) {
	_, err = r.call(ctx, http.MethodPost, "/organizations", map[string]any{"name": name}, &made)
	return made, err
}

func (r *remote) Organizations(ctx context.Context, cursor string, n int) (list []engine.Organization, next string, err error) {
	header, err := r.call(ctx, http.MethodGet, "/organizations?"+pageQuery(cursor, n, nil), nil, &list)
	return list, header.Get("Elements-Next-Page-Token"), err
}

func (r *remote) RotateOrganizationSecret(ctx context.Context, id int64, overlap string) (made engine.RotatedSecret, err error) {
	_, err = r.call(ctx, http.MethodPost, fmt.Sprintf("/organizations/%d/secret/rotate", id), map[string]any{"overlap": overlap}, &made)
	return made, err
}

func (r *remote) RemoveOrganization(ctx context.Context, id int64) error {
	_, err := r.call(ctx, http.MethodDelete, fmt.Sprintf("/organizations/%d", id), nil, &none{})
	return err
}

func (r *remote) CreateUser(ctx context.Context, draft engine.UserDraft) (made engine.User, err error) {
	_, err = r.call(ctx, http.MethodPost, "/users", draft, &made)
	return made, err
}

func (r *remote) Users(ctx context.Context, organization int64, cursor string, n int) (list []engine.User, next string, err error) {
	query := url.Values{}
	if organization != 0 {
		query.Set("organizationId", strconv.FormatInt(organization, 10))
	}
	header, err := r.call(ctx, http.MethodGet, "/users?"+pageQuery(cursor, n, query), nil, &list)
	return list, header.Get("Elements-Next-Page-Token"), err
}

func (r *remote) RotateUserSecret(ctx context.Context, id int64, overlap string) (made engine.RotatedSecret, err error) {
	_, err = r.call(ctx, http.MethodPost, fmt.Sprintf("/users/%d/secret/rotate", id), map[string]any{"overlap": overlap}, &made)
	return made, err
}

func (r *remote) RemoveUser(ctx context.Context, id int64) error {
	_, err := r.call(ctx, http.MethodDelete, fmt.Sprintf("/users/%d", id), nil, &none{})
	return err
}

func (r *remote) Keys(ctx context.Context) (keys engine.Keys, err error) {
	_, err = r.call(ctx, http.MethodGet, "/keys", nil, &keys)
	return keys, err
}

func (r *remote) RotateKeys(ctx context.Context, k engine.KeyRotation) (keys engine.Keys, err error) {
	_, err = r.call(ctx, http.MethodPost, "/keys/rotate", map[string]any{"masterKey": k.MasterKey.Reveal(), "dataKey": k.DataKey}, &keys)
	return keys, err
}

func pageQuery(cursor string, n int, query url.Values) string {
	if query == nil {
		query = url.Values{}
	}
	query.Set("pageSize", strconv.Itoa(n))
	if cursor != "" {
		query.Set("nextPage", cursor)
	}
	return query.Encode()
}
