package engine

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pollwright/pollwright/engine/instance"
	"github.com/pollwright/pollwright/engine/jsoncut"
	"github.com/pollwright/pollwright/engine/store"
)

// readTimetable reads of a stored instance what the schedule wants to know, and nothing else: id, whether it is polled and how often, and the names
// of its resources. A start does so with every instance, and to decode all of them was half of it; they are decoded when they are due.
func readTimetable(rec store.Record) (in instance.Instance, err error) {
	jsoncut.View(rec.Value).Each(func(name, value jsoncut.Value) bool {
		switch name {
		case `"id"`:
			in.ID, err = strconv.ParseInt(string(value), 10, 64)
		case `"disabled"`:
			in.Disabled = value == "true"
		case `"events"`:
			err = json.Unmarshal(value.Bytes(), &in.Events)
		case `"resources"`:
			value.Each(func(_, r jsoncut.Value) bool {
				in.Resources = append(in.Resources, instance.Resource{Name: nameOf(r)})
				return true
			})
		}
		return err == nil
	})
	if err == nil && idText(in.ID) != idOf(rec.Key) {
		err = fmt.Errorf("the record of instance %s has id %d", idOf(rec.Key), in.ID)
	}
	return in, err
}

// nameOf is the name of a resource, in memory of its own.
func nameOf(resource jsoncut.Value) (text string) {
	resource.Each(func(name, value jsoncut.Value) bool {
		if name == `"name"` {
			text = strings.Clone(value.Text())
		}
		return text == ""
	})
	return text
}
