package demo

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// interval is how often a resource is polled; minutes is the same as event.poller.refresh_interval writes it.
const (
	interval = time.Second
	minutes  = "0.0167"
)

// fill puts values in the place of a document's placeholders, and adds the two keys that no document prints: where the provider is, and
// the key that signs notifications. Each placeholder must be there: a document that was edited is noticed.
func fill(document string, at place, callback string, values map[string]string) (string, error) {
	const head = `"configuration":{`
	extra, err := json.MarshalIndent(map[string]string{"base.url": at.base, "event.notification.signature.key": at.signatureKey}, "    ", "  ")
	if err != nil {
		return "", err
	}
	pairs := []string{callback, at.callback, head, head + strings.TrimRight(strings.TrimPrefix(string(extra), "{"), " \n}") + ","}
	for from, to := range values {
		pairs = append(pairs, from, to)
	}
	for i := 0; i < len(pairs); i += 2 {
		if !strings.Contains(document, pairs[i]) {
			return "", fmt.Errorf("the document has no %s", pairs[i])
		}
	}
	body := strings.NewReplacer(pairs...).Replace(document)
	if !json.Valid([]byte(body)) {
		return "", fmt.Errorf("the document, filled in, is not JSON")
	}
	return body, nil
}

// populate makes what exists before anyone watches: some of it a day old, some of it so young that the first poll finds it.
func (p *provider) populate(seed uint64) error {
	rng := rand.New(rand.NewPCG(seed, 1))
	if err := p.existing(rng, 26*time.Hour, 30); err != nil {
		return err
	}
	return p.existing(rng, 30*time.Second, 6)
}
