package instance

import (
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// parameters reads what the element asks for.
func (m *maker) parameters() {
	for _, p := range m.element.Config {
		if value := m.parameter(p); value != "" {
			m.keep(p.Key, value, p.Secret || p.Masked)
			m.made.Secrets.Values[p.Key] = value
		}
	}
}

// parameter reads one parameter, or takes its default. No message shows the value.
func (m *maker) parameter(p sdk.Parameter) string {
	path, before := inConfiguration(p.Key), len(m.problems)
	given := m.text(path, m.raw(p.Key))
	value := strings.TrimSpace(given)
	if value != given && (p.Secret || p.Masked) {
		m.warn(path, "has blanks round it, which are dropped")
	}
	if len(m.problems) > before {
		return ""
	}
	if value == "" {
		value = p.Default
	}
	switch {
	case value == "" && p.Required:
		m.fault(path, "is required (%s)", describe(p))
	case strings.HasPrefix(value, "<") && strings.HasSuffix(value, ">"):
		m.warn(path, "looks like a placeholder of the documentation that was not filled in")
	}
	return m.typed(path, p.Type, value)
}

func describe(p sdk.Parameter) string {
	if p.Description == "" {
		return p.Label
	}
	return p.Label + ": " + p.Description
}

// typed checks a value against its type, and gives it the spelling that adapters know.
func (m *maker) typed(path, kind, value string) string {
	switch {
	case value == "":
	case kind == "integer":
		if _, err := strconv.ParseInt(value, 10, 64); err != nil {
			m.fault(path, "should be a whole number")
		}
	case kind == "boolean":
		if value = strings.ToLower(value); value != "true" && value != "false" {
			m.fault(path, "should be true or false")
		}
	}
	return value
}

// param finds what the element says of a configuration key.
func (m *maker) param(key string) (sdk.Parameter, bool) {
	for _, p := range m.element.Config {
		if p.Key == key {
			return p, true
		}
	}
	return sdk.Parameter{}, false
}

// withheld tells whether a configuration value may not stand in a URL. Invariant 6: URLs are stored, shown and handed to adapters, so
// neither what the element calls secret goes there nor what may be one by its name.
func (m *maker) withheld(key string) bool {
	if p, ok := m.param(key); ok {
		return p.Secret || p.Masked
	}
	if platformKeys[key] {
		return true
	}
	key = strings.ToLower(key)
	return strings.HasPrefix(key, "event.") || strings.HasPrefix(key, "oauth.") ||
		strings.Contains(key, "password") || strings.Contains(key, "secret") || strings.Contains(key, "token")
}
