package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/plugin"
	"github.com/pollwright/pollwright/engine/store"
	"github.com/pollwright/pollwright/sdk"
)

// States of an Adapter.
const (
	AdapterLoaded    = "loaded"
	AdapterSuspended = "suspended" // its calls crash or do not end; it is tried again at Until
	AdapterRefused   = "refused"   // a file that is not used; an earlier version of it may be
)

// Adapter is a module that speaks for an element, or a file that would like to.
type Adapter struct {
	State   string     `json:"state"`
	Key     string     `json:"key,omitempty"` // of the element; "" of a file that is refused
	Name    string     `json:"name,omitempty"`
	Version string     `json:"version,omitempty"`
	File    string     `json:"file"`
	Digest  string     `json:"digest,omitempty"` // SHA-256 of the file, hexadecimal
	Builtin bool       `json:"builtin"`
	Hosts   []string   `json:"hosts,omitempty"` // where its requests may go, if no instance's base.url says otherwise
	Methods []string   `json:"methods,omitempty"`
	Reason  string     `json:"reason,omitempty"` // why it is refused or suspended
	Until   *time.Time `json:"until,omitempty"`
	Since   *time.Time `json:"since,omitempty"` // refused
}

// PrepareAdapter is what the process of Config.PrepareAdapter runs: it prepares one module, which in holds, and answers to out.
func PrepareAdapter(ctx context.Context, in io.Reader, out io.Writer) error {
	return plugin.Child(ctx, in, out)
}

// Adapters lists the adapters by key, then the files of the folder that are refused.
func (e *Engine) Adapters() []Adapter {
	var list []Adapter
	for _, p := range e.catalog.Plugins() {
		a := viewAdapter(p.Element)
		if s := p.Suspended; s != nil {
			until := s.Until.UTC().Truncate(time.Second)
			a.State, a.Reason, a.Until = AdapterSuspended, s.Why, &until
		}
		list = append(list, a)
	}
	for _, r := range e.catalog.Refusals() {
		since := r.Time.UTC().Truncate(time.Second)
		list = append(list, Adapter{State: AdapterRefused, File: r.File, Reason: r.Reason, Since: &since})
	}
	return list
}

func viewAdapter(el plugin.Element) Adapter {
	m := el.Manifest
	return Adapter{
		State: AdapterLoaded, Key: m.Key, Name: m.Name, Version: m.Version, File: el.Source, Digest: el.Digest, Builtin: el.Builtin,
		Hosts: hostsOf(m), Methods: m.RequestMethods(),
	}
}

// InstallAdapter installs a module as the adapter of an element, in place of a former one. hosts, if not nil, are those that the caller
// agrees to; nil agrees to those of a first installation and to no others later. Errors: *ForbiddenError, *AdapterError, *ConflictError.
func (e *Engine) InstallAdapter(ctx context.Context, caller Caller, key string, wasm []byte, hosts []string) (Adapter, error) {
	if caller.Role != RoleServer {
		return Adapter{}, notServer
	}
	if hosts != nil {
		if err := e.agree(ctx, key, hosts); err != nil {
			return Adapter{}, err
		}
	}
	el, err := e.catalog.Put(ctx, key, wasm)
	if err != nil {
		return Adapter{}, adapterError(key, err)
	}
	e.pollElement(ctx, key)
	e.note(ctx, caller, "adapter.install", "elements/"+key, fmt.Sprintf("version %s, digest %s", el.Manifest.Version, el.Digest))
	return viewAdapter(el), nil
}

// pollElement polls the instances of an element now: some wait for its adapter.
func (e *Engine) pollElement(ctx context.Context, key string) {
	err := e.each(ctx, store.Term{Name: "instance-element", Value: key}, func(rec store.Record) error {
		id, err := parseID(idOf(rec.Key))
		if err != nil {
			return err
		}
		in, err := e.lives.get(ctx, id)
		if err != nil {
			return nil // deleted meanwhile, or told of at its polls
		}
		for _, r := range in.Resources {
			e.scheduler.PollNow(id, r.Name)
		}
		return nil
	})
	if err != nil {
		e.log.Warn("instances of a new adapter not polled at once", "element", key, "err", err)
	}
}

// RemoveAdapter removes the adapter of an element from the folder. Its instances wait until there is one again. Errors: ErrNotFound,
// *ConflictError.
func (e *Engine) RemoveAdapter(ctx context.Context, caller Caller, key string) error {
	if caller.Role != RoleServer {
		return notServer
	}
	if err := e.catalog.Remove(ctx, key); err != nil {
		return adapterError(key, err)
	}
	e.note(ctx, caller, "adapter.remove", "elements/"+key, "")
	return nil
}

// AgreeToHosts says where an element's adapter may send requests, and tries again what was refused for it. Errors: *instance.InvalidError.
func (e *Engine) AgreeToHosts(ctx context.Context, caller Caller, key string, hosts []string) error {
	if caller.Role != RoleServer {
		return notServer
	}
	if err := e.agree(ctx, key, hosts); err != nil {
		return err
	}
	e.note(ctx, caller, "adapter.hosts", "elements/"+key, strings.Join(hosts, ", "))
	e.catalog.Retry(ctx)
	return nil
}

// AdapterError is a module that is refused.
type AdapterError struct {
	Element string
	Err     error
}

func (e *AdapterError) Error() string {
	return fmt.Sprintf("the adapter of %s is refused: %v", e.Element, e.Err)
}
func (e *AdapterError) Unwrap() error { return e.Err }

func adapterError(key string, err error) error {
	switch {
	case errors.Is(err, plugin.ErrUnknownElement):
		return ErrNotFound
	case errors.Is(err, plugin.ErrNoFolder):
		return &ConflictError{"there is no folder of adapters: start the server with --plugins"}
	case errors.Is(err, plugin.ErrBuiltin):
		return &ConflictError{fmt.Sprintf("the adapter of %s is part of the program and stays", key)}
	}
	return &AdapterError{key, err}
}

// hostsOf lists where an adapter's requests, and the host's own for its tokens, may go: scheme, host and port.
func hostsOf(m sdk.Manifest) []string {
	urls := slices.Clone(m.BaseURLs)
	if o := m.Auth.OAuth2; o != nil {
		urls = append(urls, o.AuthorizeURL, o.TokenURL)
	}
	var hosts []string
	for _, text := range urls {
		if u, err := url.Parse(text); err == nil && u.Host != "" { // a path is relative to the first base URL
			hosts = append(hosts, strings.ToLower(u.Scheme+"://"+u.Host))
		}
	}
	slices.Sort(hosts)
	return slices.Compact(hosts)
}

// agreed is where an element's adapter may send requests, by the word of whoever runs the server.
const agreedFormat = 1

type agreed struct {
	Format int       `json:"format"`
	Hosts  []string  `json:"hosts"`
	At     time.Time `json:"at"`
}

func agreedKey(key string) store.Key {
	return store.Key{Partition: store.PartitionOf("adapter/" + key), Name: "adapter/" + key}
}

// judgeAdapter holds a module of the folder against the list of digests, if there is one, and against the hosts that were agreed to. Whoever
// puts the first one of an element there agrees to its hosts.
func (e *Engine) judgeAdapter(el plugin.Element) error {
	if list := e.config.AdapterDigests; len(list) > 0 && !slices.Contains(list, el.Digest) {
		return fmt.Errorf("its digest %s is not on the list of those that are allowed", el.Digest)
	}
	ctx, m := context.Background(), el.Manifest
	hosts := hostsOf(m)
	was, err := e.agreedHosts(ctx, m.Key)
	switch {
	case errors.Is(err, ErrNotFound):
		e.log.Info("adapter may reach", "element", m.Key, "hosts", hosts)
		return e.agree(ctx, m.Key, hosts)
	case err != nil:
		return err
	}
	more := slices.DeleteFunc(slices.Clone(hosts), func(h string) bool { return slices.Contains(was, h) })
	if len(more) > 0 {
		return &HostsError{m.Key, more, was}
	}
	return nil
}

// HostsError is an adapter that wants to reach more than was agreed to.
type HostsError struct {
	Element     string
	More, Hosts []string
}

func (e *HostsError) Error() string {
	return fmt.Sprintf("it wants to reach %s, beside %s: PUT /elements/plugins/%s/hosts agrees to it",
		strings.Join(e.More, ", "), cmp.Or(strings.Join(e.Hosts, ", "), "nothing"), e.Element)
}

// agreedHosts are those that were agreed to, or ErrNotFound.
func (e *Engine) agreedHosts(ctx context.Context, key string) ([]string, error) {
	a, version, err := e.readAgreed(ctx, key)
	if err == nil && version == 0 {
		err = ErrNotFound
	}
	return a.Hosts, err
}

func (e *Engine) readAgreed(ctx context.Context, key string) (a agreed, version store.Version, err error) {
	records, err := e.store.Get(ctx, agreedKey(key))
	if err != nil || records[0].Version == 0 {
		return a, 0, err
	}
	return a, records[0].Version, json.Unmarshal(records[0].Value, &a)
}

// agree stores where an element's adapter may send requests.
func (e *Engine) agree(ctx context.Context, key string, hosts []string) error {
	hosts, err := checkHosts(hosts)
	if err != nil {
		return err
	}
	for range tries {
		a, version, err := e.readAgreed(ctx, key)
		if err != nil {
			return err
		}
		if version != 0 && slices.Equal(a.Hosts, hosts) {
			return nil
		}
		value, err := json.Marshal(agreed{agreedFormat, hosts, e.config.Now().UTC()})
		if err != nil {
			return err
		}
		_, err = store.One(e.store.Commit(ctx, store.Change{Puts: []store.Put{{Key: agreedKey(key), Expect: version, Value: value}}}))
		if !errors.Is(err, store.ErrConflict) {
			return err
		}
	}
	return fmt.Errorf("hosts of %s: %w", key, store.ErrConflict)
}

// checkHosts brings hosts into the form of hostsOf.
func checkHosts(hosts []string) ([]string, error) {
	var problems []instance.Problem
	list := make([]string, 0, len(hosts))
	for i, text := range hosts {
		u, err := url.Parse(strings.ToLower(text))
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.User != nil {
			problems = append(problems, instance.Problem{Path: fmt.Sprintf("hosts[%d]", i), Message: fmt.Sprintf("%q: want such as https://api.example.com", text)})
			continue
		}
		list = append(list, u.Scheme+"://"+u.Host)
	}
	if len(problems) > 0 {
		return nil, &instance.InvalidError{Problems: problems}
	}
	slices.Sort(list)
	return slices.Compact(list), nil
}
