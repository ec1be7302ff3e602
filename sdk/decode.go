package sdk

import (
	"errors"
	"strconv"
)

// decoder reads a Call. It takes what encoding/json takes, and less: names have the case they have in the contract, and none is there twice.
// Members that it does not know are skipped, since a newer host may send them; null is what is left out.
type decoder struct{ scanner }

func decodeCall(text []byte) (Call, error) {
	var c Call
	d := decoder{scanner{text: text}}
	err := d.members(func(name []byte) error {
		switch string(name) {
		case "query":
			return d.query(&c.Query)
		case "config":
			return d.table(&c.Config)
		case "memo":
			return d.raw(&c.Memo)
		case "state":
			return d.raw(&c.State)
		case "response":
			return read(&d, &c.Response, d.response)
		case "now":
			return d.int(&c.Now)
		}
		return d.skip()
	})
	if d.space(); err == nil && d.at < len(text) {
		err = d.fail("the end of the text")
	}
	return c, err
}

func (d *decoder) query(q *Query) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "resource":
			return d.string(&q.Resource)
		case "vars":
			return d.table(&q.Vars)
		case "where":
			return list(d, &q.Where, d.condition)
		case "filter":
			return d.string(&q.Filter)
		case "params":
			return d.table(&q.Params)
		case "orderBy":
			return list(d, &q.OrderBy, d.order)
		case "since":
			return read(d, &q.Since, d.since)
		case "page":
			return d.string(&q.Page)
		case "pageSize":
			return d.count(&q.PageSize)
		}
		return d.skip()
	})
}

func (d *decoder) condition(c *Condition) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "name":
			return d.string(&c.Name)
		case "op":
			return d.string(&c.Op)
		case "value":
			return d.string(&c.Value)
		}
		return d.skip()
	})
}

func (d *decoder) order(o *Order) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "field":
			return d.string(&o.Field)
		case "descending":
			return d.flag(&o.Descending)
		}
		return d.skip()
	})
}

func (d *decoder) since(s *Since) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "field":
			return d.string(&s.Field)
		case "time":
			return d.int(&s.Time)
		}
		return d.skip()
	})
}

func (d *decoder) response(r *Response) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "status":
			return d.count(&r.Status)
		case "headers":
			return d.table(&r.Headers)
		case "elided":
			return list(d, &r.Elided, d.elided)
		}
		return d.skip()
	})
}

func (d *decoder) elided(e *Elided) error {
	return d.members(func(name []byte) error {
		switch string(name) {
		case "at":
			return d.string(&e.At)
		case "len":
			return d.count(&e.Len)
		}
		return d.skip()
	})
}

// members reads an object, or null. A name is only good until member returns.
func (d *decoder) members(member func(name []byte) error) error {
	if d.null() {
		return d.literal("null")
	}
	if d.peek() != '{' {
		return d.fail("an object")
	}
	var room [10][]byte // as many as the largest type of the contract has: names cost no memory
	seen := room[:0]
	return d.object(func(quoted []byte) error {
		name := nameIn(quoted)
		for _, other := range seen {
			if string(other) == string(name) {
				return twice(string(name))
			}
		}
		seen = append(seen, name)
		return member(name)
	})
}

func twice(name string) error {
	return errors.New("JSON: the member " + strconv.Quote(name) + " is there twice")
}

func (d *decoder) null() bool { return d.peek() == 'n' }

func (d *decoder) skip() error {
	_, err := d.value(1)
	return err
}

// read reads what a pointer is to point to; null leaves it.
func read[T any](d *decoder, into **T, value func(*T) error) error {
	if d.null() {
		return d.literal("null")
	}
	*into = new(T)
	return value(*into)
}

// list reads an array; null leaves it.
func list[T any](d *decoder, into *[]T, element func(*T) error) error {
	if d.null() {
		return d.literal("null")
	}
	if d.peek() != '[' {
		return d.fail("an array")
	}
	*into = []T{}
	return d.elements(func() error {
		var value T
		err := element(&value)
		*into = append(*into, value)
		return err
	})
}

func (d *decoder) table(into *map[string]string) error {
	if d.null() {
		return d.literal("null")
	}
	m := map[string]string{}
	if d.peek() != '{' {
		return d.fail("an object")
	}
	err := d.object(func(quoted []byte) error {
		name, value := unquote(quoted), ""
		if _, is := m[name]; is {
			return twice(name)
		}
		err := d.string(&value)
		m[name] = value
		return err
	})
	*into = m
	return err
}

func (d *decoder) string(into *string) error {
	switch d.peek() {
	case 'n':
		return d.literal("null")
	case '"':
		start := d.at
		if err := d.str(); err != nil {
			return err
		}
		*into = unquote(d.text[start:d.at])
		return nil
	}
	return d.fail("a string")
}

func (d *decoder) flag(into *bool) error {
	switch d.peek() {
	case 'n':
		return d.literal("null")
	case 't':
		*into = true
		return d.literal("true")
	case 'f':
		*into = false
		return d.literal("false")
	}
	return d.fail("true or false")
}

func (d *decoder) int(into *int64) error {
	c := d.peek()
	if c == 'n' {
		return d.literal("null")
	}
	if c != '-' && !isDigit(c) {
		return d.fail("a number")
	}
	start := d.at
	err := d.number()
	if err == nil {
		*into, err = strconv.ParseInt(string(d.text[start:d.at]), 10, 64)
	}
	return err
}

func (d *decoder) count(into *int) error {
	n := int64(*into)
	err := d.int(&n)
	*into = int(n)
	return err
}

// raw takes the text of a value. It is part of the input.
func (d *decoder) raw(into *Raw) error {
	d.space()
	start := d.at
	err := d.skip()
	*into = Raw(d.text[start:d.at])
	return err
}
