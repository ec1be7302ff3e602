package sdk

// Object writes a JSON object, member by member: a state, a memo, or a record of the adapter's own making. encoding/json can do the same, and
// adds half a megabyte to a module and its own time to a call. The zero value is an object without members.
//
//	state := new(sdk.Object).Text("ask", "folders").Int("page", 2).JSON()
//
// The order of members is that of the calls. Nobody looks whether a name is there twice.
type Object struct{ w writer }

// Text adds a string.
func (o *Object) Text(name, value string) *Object {
	o.member(name).quoted(value)
	return o
}

// Texts adds an array of strings.
func (o *Object) Texts(name string, values []string) *Object {
	o.member(name).list(values)
	return o
}

// Int adds a whole number.
func (o *Object) Int(name string, value int64) *Object {
	o.member(name).number(value)
	return o
}

// Bool adds true or false.
func (o *Object) Bool(name string, value bool) *Object {
	word := "false"
	if value {
		word = "true"
	}
	w := o.member(name)
	w.out = append(w.out, word...)
	return o
}

// Raw adds JSON text as it is; null for none. Text that is no JSON makes the reply that it becomes part of an error.
func (o *Object) Raw(name string, value Raw) *Object {
	w := o.member(name)
	if value == nil {
		value = Raw("null")
	}
	w.out = append(w.out, value...)
	return o
}

func (o *Object) member(name string) *writer {
	if len(o.w.out) == 0 {
		o.w.out = append(o.w.out, '{')
	}
	o.w.comma()
	o.w.quoted(name)
	o.w.out = append(o.w.out, ':')
	return &o.w
}

// JSON is the object so far.
func (o *Object) JSON() Raw {
	if len(o.w.out) == 0 {
		return Raw("{}")
	}
	return append(o.w.out[:len(o.w.out):len(o.w.out)], '}')
}

// Quote gives a string of JSON.
func Quote(text string) Raw {
	var w writer
	w.quoted(text)
	return w.out
}
