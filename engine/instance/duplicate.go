package instance

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// duplicates faults each key that stands twice in one object. encoding/json would take the last silently, and a resource that was copied
// without giving it a new name would be lost. text is valid JSON.
func (r *report) duplicates(path string, text []byte) {
	w := walk{report: r, decoder: json.NewDecoder(bytes.NewReader(text))}
	w.decoder.UseNumber()
	w.value(path, 0)
}

// walk goes through a JSON text once, without keeping it.
type walk struct {
	*report
	decoder *json.Decoder
}

// maxNesting is how deep keys are looked at: no known configuration goes half as deep, and what is deeper is not read by anything.
const maxNesting = 32

// value reads one value and tells whether there was one.
func (w walk) value(path string, depth int) bool {
	token, err := w.decoder.Token()
	if err != nil {
		return false
	}
	delim, ok := token.(json.Delim)
	switch {
	case !ok:
		return true
	case depth > maxNesting:
		return w.skip()
	case delim == '{':
		return w.object(path, depth)
	}
	for i := 0; w.decoder.More(); i++ {
		if !w.value(path+"["+strconv.Itoa(i)+"]", depth+1) {
			return false
		}
	}
	_, err = w.decoder.Token()
	return err == nil
}

func (w walk) object(path string, depth int) bool {
	seen := map[string]int{}
	for w.decoder.More() {
		token, err := w.decoder.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return false
		}
		if seen[key]++; seen[key] == 2 {
			w.fault(at(path, key), "is there more than once; keep one of them, or give the others names of their own")
		}
		if !w.value(at(path, key), depth+1) {
			return false
		}
	}
	_, err := w.decoder.Token()
	return err == nil
}

// skip reads to the end of the object or list that has begun.
func (w walk) skip() bool {
	for depth := 1; depth > 0; {
		token, err := w.decoder.Token()
		if err != nil {
			return false
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
	return true
}
