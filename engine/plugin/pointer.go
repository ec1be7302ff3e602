package plugin

import (
	"errors"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/engine/jsoncut"
)

// parsePointer splits a JSON Pointer (RFC 6901) into its tokens, ~1 and ~0 decoded. "" has none and points to the whole document.
func parsePointer(p string) ([]string, error) {
	if p == "" {
		return nil, nil
	}
	if p[0] != '/' {
		return nil, errors.New("JSON Pointer " + strconv.Quote(clip(p, 100)) + " must be empty or begin with /")
	}
	tokens := strings.Split(p[1:], "/")
	for i, t := range tokens {
		for rest := t; ; {
			_, after, found := strings.Cut(rest, "~")
			if !found {
				break
			}
			if after == "" || after[0] != '0' && after[0] != '1' {
				return nil, errors.New("JSON Pointer " + strconv.Quote(clip(p, 100)) + ": ~ must be followed by 0 or 1")
			}
			rest = after
		}
		tokens[i] = strings.ReplaceAll(strings.ReplaceAll(t, "~1", "/"), "~0", "~")
	}
	return tokens, nil
}

// at follows a JSON Pointer through a valid document. Of members with the same name the last counts, as in encoding/json and JavaScript.
func at(doc jsoncut.Value, pointer string) (jsoncut.Value, error) {
	tokens, err := parsePointer(pointer)
	if err != nil {
		return "", &SliceError{clip(pointer, 100), err.Error()}
	}
	here := ""
	for _, token := range tokens {
		var found bool
		var next jsoncut.Value
		switch {
		case doc.IsObject():
			next, found = member(doc, token)
		case doc.IsArray():
			next, found = element(doc, token)
		default:
			return "", &SliceError{here, "is " + kind(doc) + ", so there is nothing at " + strconv.Quote(pointer)}
		}
		if !found {
			return "", &SliceError{here, "has no " + strconv.Quote(clip(token, 100))}
		}
		doc, here = next, child(here, token)
	}
	return doc, nil
}

func member(object jsoncut.Value, name string) (found jsoncut.Value, ok bool) {
	object.Each(func(key, value jsoncut.Value) bool {
		if key.Text() == name {
			found, ok = value, true
		}
		return true
	})
	return found, ok
}

// element finds an array's element; token is a number without leading zeros.
func element(array jsoncut.Value, token string) (found jsoncut.Value, ok bool) {
	n, err := strconv.ParseUint(token, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != token {
		return found, false
	}
	array.Each(func(_, value jsoncut.Value) bool {
		if n == 0 {
			found, ok = value, true
			return false
		}
		n--
		return true
	})
	return found, ok
}

// child extends a JSON Pointer by a token.
func child(pointer, token string) string {
	return pointer + "/" + strings.ReplaceAll(strings.ReplaceAll(token, "~", "~0"), "/", "~1")
}

// kind names a JSON value's type for people.
func kind(v jsoncut.Value) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "an array"
	case v.IsText():
		return "a string"
	case v.IsNumber():
		return "a number"
	case strings.HasPrefix(string(v), "t"), strings.HasPrefix(string(v), "f"):
		return "a boolean"
	}
	return "null"
}
