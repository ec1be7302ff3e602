package simkit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"time"
)

// maxSteps bounds the mutations of one control request.
const maxSteps = 100_000

// ErrNotFound is wrapped by a Target's error when the resource or the record does not exist.
var ErrNotFound = errors.New("not found")

// Target is a simulator as the control API sees it. body is the JSON of a control request.
type Target interface {
	Create(resource string, body []byte) (Entry, error)
	// Update changes the fields that body names and keeps the others.
	Update(resource, id string, body []byte) (Entry, error)
	Delete(resource, id string) (Entry, error)
	// Step performs one plausible mutation.
	Step(rng *rand.Rand) (Entry, error)
	// Options returns the simulator's switches; SetOptions changes those that body names.
	Options() any
	SetOptions(body []byte) error
}

// Handle adds a control route of one simulator; pattern is one of http.ServeMux below /_sim/. It must be
// called before the first request.
func (k *Kit) Handle(pattern string, h func(w http.ResponseWriter, r *http.Request) (any, error)) {
	k.control.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		v, err := h(w, r)
		if err != nil {
			refuse(w, err)
			return
		}
		reply(w, http.StatusOK, v)
	})
}

// serveControl refuses peers that are not on this machine: the control API has no other guard.
func (k *Kit) serveControl(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
		reply(w, http.StatusForbidden, map[string]string{"error": "the control API answers loopback peers only, not " + r.RemoteAddr})
		return
	}
	k.control.ServeHTTP(w, r)
}

func (k *Kit) routes() {
	t := k.config.Target
	k.Handle("GET /_sim/ledger", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		after, err1 := number(r, "after")
		limit, err2 := number(r, "limit")
		return map[string]any{"entries": k.Ledger.After(after, int(limit)), "last": k.Ledger.Last()}, errors.Join(err1, err2)
	})
	k.Handle("GET /_sim/requests", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		after, err := number(r, "after")
		return map[string]any{"requests": k.Requests.After(after)}, err
	})
	k.Handle("GET /_sim/counts", func(http.ResponseWriter, *http.Request) (any, error) { return k.Requests.Counts(), nil })
	k.Handle("GET /_sim/faults", func(http.ResponseWriter, *http.Request) (any, error) { return k.Faults.Pending(), nil })
	k.Handle("POST /_sim/faults", k.addFaults)
	k.Handle("DELETE /_sim/faults", func(http.ResponseWriter, *http.Request) (any, error) {
		k.Faults.Clear()
		return k.Faults.Pending(), nil
	})
	k.Handle("GET /_sim/clock", func(http.ResponseWriter, *http.Request) (any, error) { return k.clock(), nil })
	k.Handle("PUT /_sim/clock", k.setClock)
	k.Handle("GET /_sim/options", func(http.ResponseWriter, *http.Request) (any, error) { return t.Options(), nil })
	k.Handle("PATCH /_sim/options", withBody(func(_ *http.Request, body []byte) (any, error) {
		err := t.SetOptions(body)
		return t.Options(), err
	}))
	k.Handle("POST /_sim/step", k.step)
	k.Handle("POST /_sim/records/{resource}", withBody(func(r *http.Request, body []byte) (any, error) {
		return t.Create(r.PathValue("resource"), body)
	}))
	k.Handle("PATCH /_sim/records/{resource}/{id}", withBody(func(r *http.Request, body []byte) (any, error) {
		return t.Update(r.PathValue("resource"), r.PathValue("id"), body)
	}))
	k.Handle("DELETE /_sim/records/{resource}/{id}", func(_ http.ResponseWriter, r *http.Request) (any, error) {
		return t.Delete(r.PathValue("resource"), r.PathValue("id"))
	})
}

// addFaults takes one fault or an array of them.
func (k *Kit) addFaults(w http.ResponseWriter, r *http.Request) (any, error) {
	return withBody(func(_ *http.Request, body []byte) (any, error) {
		var faults []Fault
		if !bytes.HasPrefix(bytes.TrimSpace(body), []byte("[")) {
			body = append(append([]byte("["), body...), ']')
		}
		if err := Decode(body, &faults); err != nil {
			return nil, err
		}
		err := k.Faults.Add(faults...)
		return k.Faults.Pending(), err
	})(w, r)
}

func (k *Kit) clock() map[string]any {
	return map[string]any{"now": Time{k.Clock.Now()}, "offset": Duration(k.Clock.Offset())}
}

func (k *Kit) setClock(w http.ResponseWriter, r *http.Request) (any, error) {
	return withBody(func(_ *http.Request, body []byte) (any, error) {
		var in struct {
			Offset Duration `json:"offset"`
		}
		if err := Decode(body, &in); err != nil {
			return nil, err
		}
		k.Clock.SetOffset(time.Duration(in.Offset))
		return k.clock(), nil
	})(w, r)
}

// step performs ?n= steps (default 1) with the kit's own generator.
func (k *Kit) step(_ http.ResponseWriter, r *http.Request) (any, error) {
	n, err := number(r, "n")
	if err != nil || n > maxSteps {
		return nil, errors.Join(err, fmt.Errorf("n: want 1 to %d", maxSteps))
	}
	k.rngMu.Lock()
	defer k.rngMu.Unlock()
	entries := []Entry{}
	for range max(n, 1) {
		e, err := k.config.Target.Step(k.rng)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return map[string]any{"entries": entries}, nil
}

// Decode reads one JSON value strictly: an unknown key and trailing text are errors.
func Decode(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("body: want one JSON value and nothing after it")
	}
	return nil
}

func withBody(h func(r *http.Request, body []byte) (any, error)) func(http.ResponseWriter, *http.Request) (any, error) {
	return func(_ http.ResponseWriter, r *http.Request) (any, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("body: %w", err)
		}
		return h(r, body)
	}
}

// number reads a query parameter that counts something; absent is 0.
func number(r *http.Request, name string) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s=%q: want a number of 0 or more", name, text)
	}
	return n, nil
}

func refuse(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	if errors.Is(err, ErrNotFound) {
		status = http.StatusNotFound
	}
	reply(w, status, map[string]string{"error": err.Error()})
}

func reply(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"error":"answer cannot be written as JSON"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // a client that left is no fault of ours
}
