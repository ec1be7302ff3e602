package instance

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/pollwright/pollwright/engine/header"
)

// callbackAuth reads what goes with every request to the callback: headers, and a user name and password for basic authentication.
func (m *maker) callbackAuth() {
	path := inConfiguration(KeyCallbackHeaders)
	before := len(m.problems)
	h := m.headers(path, m.raw(KeyCallbackHeaders))
	if len(m.problems) == before {
		for _, fault := range header.Check(h) {
			m.fault(path, "%v", fault)
		}
	}
	if len(h) > 0 {
		m.made.Secrets.Headers = h
		m.made.Instance.Masked = append(m.made.Instance.Masked, KeyCallbackHeaders)
	}
	// A password is taken as it is, blanks included.
	username, password := m.config(KeyBasicUsername), m.text(inConfiguration(KeyBasicPassword), m.raw(KeyBasicPassword))
	ofUsername, ofPassword := header.CheckBasic(username, password, h)
	if ofUsername != nil {
		m.fault(inConfiguration(KeyBasicUsername), "%v", ofUsername)
	}
	if ofPassword != nil {
		m.fault(inConfiguration(KeyBasicPassword), "%v", ofPassword)
	}
	m.made.Instance.Events.Username, m.made.Secrets.Password = username, password
	m.keep(KeyBasicUsername, username, false)
	m.keep(KeyBasicPassword, password, true)
}

// headers reads {"Name": "value"}, as an object or as a text that holds one, or "Name: value" in lines or separated by semicolons: how the
// platform wrote them is not documented. No message repeats a value, nor what may be one.
func (m *maker) headers(path string, raw json.RawMessage) http.Header {
	if blank(raw) {
		return nil
	}
	if raw[0] == '{' {
		return m.headerObject(path, raw)
	}
	if raw[0] != '"' {
		m.fault(path, `should be an object like {"X-Api-Key": "..."}, or a text with a line "Name: value" for each header, is %s`, kindOf(raw))
		return nil
	}
	text := strings.TrimSpace(m.text(path, raw))
	if !strings.HasPrefix(text, "{") {
		return m.headerLines(path, text)
	}
	if err := syntaxError([]byte(text)); err != nil {
		m.fault(path, `is a text that should hold a JSON object like {"X-Api-Key": "..."}, and is not JSON`)
		return nil
	}
	m.duplicates(path, []byte(text))
	return m.headerObject(path, json.RawMessage(text))
}

func (m *maker) headerObject(path string, raw json.RawMessage) http.Header {
	h := http.Header{}
	fields := m.object(path, raw)
	for _, name := range sortedKeys(fields) {
		h.Add(strings.TrimSpace(name), strings.TrimSpace(m.text(at(path, name), fields[name])))
	}
	return h
}

// headerLines splits at semicolons only where there is one line: a value may hold some.
func (m *maker) headerLines(path, text string) http.Header {
	parts := lines(text)
	if len(parts) == 1 {
		parts = strings.Split(text, ";")
	}
	h := http.Header{}
	for n, part := range parts {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		name, value, found := strings.Cut(part, ":")
		if name = strings.TrimSpace(name); !found || !header.Token(name) {
			m.fault(path, `has no "Name: value" in part %d of %d; give one a line, or an object like {"X-Api-Key": "..."} if a value has a semicolon`, n+1, len(parts))
			continue
		}
		h.Add(name, strings.TrimSpace(value))
	}
	return h
}
