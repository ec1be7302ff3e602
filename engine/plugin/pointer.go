package plugin

import (
	"errors"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"
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
func at(doc gjson.Result, pointer string) (gjson.Result, error) {
	tokens, err := parsePointer(pointer)
	if err != nil {
		return gjson.Result{}, &SliceError{clip(pointer, 100), err.Error()}
	}
	here := ""
	for _, token := range tokens {
		var found bool
		var next gjson.Result
		switch {
		case doc.IsObject():
			next, found = member(doc, token)
		case doc.IsArray():
			next, found = element(doc, token)
		default:
			return gjson.Result{}, &SliceError{here, "is " + kind(doc) + ", so there is nothing at " + strconv.Quote(pointer)}
		}
		if !found {
			return gjson.Result{}, &SliceError{here, "has no " + strconv.Quote(clip(token, 100))}
		}
		doc, here = next, child(here, token)
	}
	return doc, nil
}

func member(object gjson.Result, name string) (found gjson.Result, ok bool) {
	object.ForEach(func(key, value gjson.Result) bool {
		if key.Str == name {
			found, ok = value, true
		}
		return true
	})
	return found, ok
}

// element finds an array's element; token is a number without leading zeros.
func element(array gjson.Result, token string) (found gjson.Result, ok bool) {
	n, err := strconv.ParseUint(token, 10, 31)
	if err != nil || strconv.FormatUint(n, 10) != token {
		return found, false
	}
	array.ForEach(func(_, value gjson.Result) bool {
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
func kind(v gjson.Result) string {
	switch {
	case v.IsObject():
		return "an object"
	case v.IsArray():
		return "an array"
	case v.Type == gjson.String:
		return "a string"
	case v.Type == gjson.Number:
		return "a number"
	case v.Type == gjson.True, v.Type == gjson.False:
		return "a boolean"
	}
	return "null"
}
