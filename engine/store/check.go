package store

import (
	"fmt"
	"strings"
)

// Check tells whether a change keeps the rules of its shapes; the error wraps ErrInvalid and names the part at fault. Every store calls
// it before it applies anything.
func (c Change) Check() error {
	records, err := checkPuts(c.Puts)
	if err != nil {
		return err
	}
	for i, s := range c.Side {
		if err := s.check(records); err != nil {
			return fmt.Errorf("side[%d]: %w", i, err)
		}
	}
	for i, n := range c.Emit {
		if err := n.check(); err != nil {
			return fmt.Errorf("emit[%d]: %w", i, err)
		}
	}
	for i, d := range c.Drop {
		if err := d.Lane.Check(); err != nil {
			return fmt.Errorf("drop[%d]: %w", i, err)
		}
	}
	for i, e := range c.Log {
		if err := e.check(); err != nil {
			return fmt.Errorf("log[%d]: %w", i, err)
		}
	}
	return nil
}

// Size bounds what a change writes: the bytes of its names and values and the number of its rows. What only the store can count, the
// chunks of a record that is deleted and the terms that a put takes away, is not in it.
func (c Change) Size() (bytes, rows int) {
	add := func(n int, parts ...int) {
		rows += n
		for _, p := range parts {
			bytes += p
		}
	}
	for _, p := range c.Puts {
		add(1, len(p.Key.Name), len(p.Value))
		for _, t := range p.Index {
			add(1, len(p.Key.Name), 2*len(t.Name), 2*len(t.Value))
		}
	}
	for _, s := range c.Side {
		add(1, len(s.Key.Name), len(s.ID), len(s.Value))
	}
	for _, n := range c.Emit {
		add(2, 2*len(n.Lane.Instance), len(n.ID), len(n.Meta), len(n.Payload))
	}
	for _, d := range c.Drop {
		add(1, len(d.Lane.Instance))
		if d.Erase {
			add(1, len(d.Lane.Instance))
		}
	}
	for _, e := range c.Log {
		add(1, len(e.Key.Name), len(e.ID), len(e.Value))
	}
	return bytes, rows
}

// Check tells whether a key can name a record; the error wraps ErrInvalid.
func (k Key) Check() error {
	if k.Partition >= Partitions {
		return invalid("partition %d of %q: there are %d", k.Partition, k.Name, Partitions)
	}
	return checkName("key", k.Name)
}

// Check tells whether a lane can exist; the error wraps ErrInvalid.
func (l Lane) Check() error { return checkName("instance of the lane", l.Instance) }

// Check tells whether a record can carry a term; the error wraps ErrInvalid.
func (t Term) Check() error {
	if err := checkName("term", t.Name); err != nil {
		return err
	}
	if t.Value == "" {
		return nil
	}
	return checkName("value of term "+t.Name, t.Value)
}

// checkPuts returns the records of the puts; true = the record is deleted.
func checkPuts(puts []Put) (map[Key]bool, error) {
	records := make(map[Key]bool, len(puts))
	for i, p := range puts {
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("puts[%d]: %w", i, err)
		}
		if p.Key.Partition != puts[0].Key.Partition {
			return nil, invalid("puts[%d]: %q is of partition %d, the first put of %d; one change puts into one partition",
				i, p.Key.Name, p.Key.Partition, puts[0].Key.Partition)
		}
		if _, twice := records[p.Key]; twice {
			return nil, invalid("puts[%d]: %q is put twice", i, p.Key.Name)
		}
		records[p.Key] = p.Value == nil
	}
	return records, nil
}

func (p Put) check() error {
	if err := p.Key.Check(); err != nil {
		return err
	}
	if p.Value == nil && len(p.Index) > 0 {
		return invalid("%q is deleted and has terms", p.Key.Name)
	}
	for _, t := range p.Index {
		if err := t.Check(); err != nil {
			return fmt.Errorf("%q: %w", p.Key.Name, err)
		}
	}
	return checkValue(p.Key.Name, p.Value)
}

func (c Chunk) check(records map[Key]bool) error {
	if err := c.Key.Check(); err != nil {
		return err
	}
	deleted, put := records[c.Key]
	if !put {
		return invalid("chunk %q of %q: the change does not put that record", c.ID, c.Key.Name)
	}
	if deleted && c.Value != nil {
		return invalid("chunk %q of %q: the change deletes that record", c.ID, c.Key.Name)
	}
	if err := checkName("chunk id", c.ID); err != nil {
		return err
	}
	return checkValue(c.Key.Name+" chunk "+c.ID, c.Value)
}

func (n Notification) check() error {
	if err := n.Lane.Check(); err != nil {
		return err
	}
	if err := checkName("notification id", n.ID); err != nil {
		return err
	}
	if n.Events < 0 {
		return invalid("notification %q tells %d events", n.ID, n.Events)
	}
	return checkValue("meta of "+n.ID, n.Meta)
}

func (e Entry) check() error {
	if err := e.Key.Check(); err != nil {
		return err
	}
	if err := checkName("entry id", e.ID); err != nil {
		return err
	}
	return checkValue(e.Key.Name+" entry "+e.ID, e.Value)
}

func checkName(what, name string) error {
	switch {
	case name == "":
		return invalid("%s is empty", what)
	case len(name) > MaxName:
		return invalid("%s %.40q... has %d bytes, at most %d are allowed", what, name, len(name), MaxName)
	case strings.IndexByte(name, 0) >= 0:
		return invalid("%s %q holds a zero byte", what, name)
	}
	return nil
}

func checkValue(of string, value []byte) error {
	if len(value) > MaxValue {
		return invalid("value of %.80q has %d bytes, at most %d are allowed", of, len(value), MaxValue)
	}
	return nil
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrInvalid}, args...)...)
}
