package workshop

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// baseURL is the configuration key that replaces an element's first base URL.
const baseURL = "base.url"

// Variable is the environment variable of an element's configuration key: "acme" and "api.key" give ACME_API_KEY.
func Variable(element, key string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			return r
		}
		return '_'
	}, element+"_"+key)
}

// settings are an instance's configuration values: those given with --set, then the environment's, then those of the fake provider. Secrets are
// not taken from --set, for a command line can be read by others and stays in a shell's history.
func (s Shop) settings(m sdk.Manifest, set, fake map[string]string) (map[string]string, error) {
	values := map[string]string{}
	known := map[string]bool{baseURL: true}
	var faults []string
	for _, p := range m.Config {
		known[p.Key] = true
		variable := Variable(m.Key, p.Key)
		if given, ok := set[p.Key]; ok && p.Secret {
			faults = append(faults, fmt.Sprintf("%s is a secret: give it in the environment as %s, not with --set", p.Key, variable))
		} else if ok {
			values[p.Key] = given
		} else if given, ok := s.Environment(variable); ok && fake == nil {
			values[p.Key] = given // a fake provider gets no true credentials
		} else if given, ok := fake[p.Key]; ok {
			values[p.Key] = given
		} else if p.Required && p.Default == "" {
			faults = append(faults, fmt.Sprintf("%s (%s) is missing: give it in the environment as %s", p.Key, p.Label, variable))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(set)) {
		if !known[key] {
			faults = append(faults, fmt.Sprintf("--set %s: %s has no such configuration key; it has %s", key, m.Name, strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
		}
	}
	if given, ok := set[baseURL]; ok {
		values[baseURL] = given
	}
	if len(faults) > 0 {
		return nil, fmt.Errorf("the instance cannot be configured:\n  %s", strings.Join(faults, "\n  "))
	}
	return values, nil
}
