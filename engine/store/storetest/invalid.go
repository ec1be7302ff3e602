package storetest

import (
	"strings"

	"github.com/pollwright/pollwright/engine/store"
)

// invalid are changes that break one rule each.
func invalid() map[string]store.Change {
	v := []byte("v")
	long, big := strings.Repeat("n", store.MaxName+1), make([]byte, store.MaxValue+1)
	puts := func(p ...store.Put) store.Change { return store.Change{Puts: p} }
	put := store.Put{Key: key(1, "a"), Value: v}
	lane := store.Lane{Instance: "i"}
	return map[string]store.Change{
		"no name":                  puts(store.Put{Key: key(1, ""), Value: v}),
		"zero byte in a name":      puts(store.Put{Key: key(1, "a\x00b"), Value: v}),
		"long name":                puts(store.Put{Key: key(1, long), Value: v}),
		"big value":                puts(store.Put{Key: key(1, "a"), Value: big}),
		"no such partition":        puts(store.Put{Key: key(store.Partitions, "a"), Value: v}),
		"two partitions":           puts(put, store.Put{Key: key(2, "b"), Value: v}),
		"one record twice":         puts(put, put),
		"term without a name":      puts(store.Put{Key: key(1, "a"), Value: v, Index: []store.Term{{Value: "x"}}}),
		"zero byte in a term":      puts(store.Put{Key: key(1, "a"), Value: v, Index: []store.Term{{Name: "x", Value: "\x00"}}}),
		"terms of a deletion":      puts(store.Put{Key: key(1, "a"), Index: []store.Term{owner17}}),
		"chunk without its record": {Side: []store.Chunk{{Key: key(1, "a"), ID: "c", Value: v}}},
		"chunk of another record":  {Puts: []store.Put{put}, Side: []store.Chunk{{Key: key(1, "b"), ID: "c", Value: v}}},
		"chunk of a deletion":      {Puts: []store.Put{{Key: key(1, "a")}}, Side: []store.Chunk{{Key: key(1, "a"), ID: "c", Value: v}}},
		"chunk without an id":      {Puts: []store.Put{put}, Side: []store.Chunk{{Key: key(1, "a"), Value: v}}},
		"big chunk":                {Puts: []store.Put{put}, Side: []store.Chunk{{Key: key(1, "a"), ID: "c", Value: big}}},
		"lane without an instance": {Emit: []store.Notification{{ID: "n"}}},
		"notification without id":  {Emit: []store.Notification{{Lane: lane}}},
		"events below none":        {Emit: []store.Notification{{Lane: lane, ID: "n", Events: -1}}},
		"big meta":                 {Emit: []store.Notification{{Lane: lane, ID: "n", Meta: big}}},
		"drop in no lane":          {Drop: []store.Drop{{Seq: 1}}},
		"entry without an id":      {Log: []store.Entry{{Key: key(1, "a"), Value: v}}},
		"zero byte in an entry id": {Log: []store.Entry{{Key: key(1, "a"), ID: "\x00", Value: v}}},
		"big entry":                {Log: []store.Entry{{Key: key(1, "a"), ID: "e", Value: big}}},
	}
}
