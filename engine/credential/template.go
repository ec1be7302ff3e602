package credential

import (
	"fmt"
	"strings"
)

// fill replaces each {key} of a manifest's template by its value. Errors name the key, never a value.
func fill(template string, values map[string]Secret) (Secret, error) {
	var out strings.Builder
	rest := template
	for {
		before, after, ok := strings.Cut(rest, "{")
		out.WriteString(before)
		if !ok {
			return Secret(out.String()), nil
		}
		key, tail, ok := strings.Cut(after, "}")
		if !ok {
			return "", fmt.Errorf("template %q has a { without }", template)
		}
		value, ok := values[key]
		if !ok || value == "" {
			return "", fmt.Errorf("%w: %q", ErrMissingValue, key)
		}
		out.WriteString(value.Reveal())
		rest = tail
	}
}
