package sdk

// Raw is JSON text: a value that is handed on and not looked into. encoding/json takes it as it takes its own RawMessage; a []byte with JSON
// in it can be assigned to it.
type Raw []byte

// MarshalJSON gives the text, null for none.
func (r Raw) MarshalJSON() ([]byte, error) {
	if r == nil {
		return []byte("null"), nil
	}
	return r, nil
}

// UnmarshalJSON keeps a copy of the text.
func (r *Raw) UnmarshalJSON(text []byte) error {
	*r = append((*r)[:0], text...)
	return nil
}
