package badgerstore

import (
	"bytes"
	"encoding/binary"

	"github.com/pollwright/pollwright/engine/store"
)

// Keys, version 2. Every key begins with its partition, two bytes, big endian, then one byte for the kind of the row:
//
//	record   partition of the record    'r' name
//	chunk    partition of the record    'c' name 0 id
//	entry    partition of the record    'h' name 0 id
//	term     partition of the term      'i' term name 0 term value 0 partition of the record, name
//	kept     partition of the instance  'n' instance 0 seq (8 bytes)
//	pointer  partition of the instance  'o' instance 0 lane number (2 bytes) seq (8 bytes)
//	own      0xffff                     'm' name
//
// Numbers are big endian, so that bytes sort as they do. Names hold no zero byte, so 0 ends one and sorts before every longer one. All
// records of a term lie together, under a partition of its own: a Find is one seek, not one in every partition. A notification is a kept
// row, and as long as it waits a pointer, too.
//
// Version 1 had no kept rows: a pointer held the id and the meta, and the payload lay under the same key with 'p' (migrate.go).
const (
	kindRecord  = 'r'
	kindChunk   = 'c'
	kindEntry   = 'h'
	kindTerm    = 'i'
	kindKept    = 'n'
	kindPointer = 'o'
	kindPayload = 'p' // of version 1
	kindOwn     = 'm'

	own = store.Partition(0xffff) // beyond all partitions: what the store keeps for itself

	headLen = 3 // partition and kind
	seqLen  = 8
	laneLen = 2
)

func head(p store.Partition, kind byte, room int) []byte {
	k := make([]byte, 0, headLen+room)
	return append(binary.BigEndian.AppendUint16(k, uint16(p)), kind)
}

// recordKey serves as the prefix of a scan, too.
func recordKey(k store.Key) []byte {
	return append(head(k.Partition, kindRecord, len(k.Name)+1), k.Name...)
}

func chunkKey(k store.Key, id string) []byte { return pieceKey(kindChunk, k, id) }

func entryKey(k store.Key, id string) []byte { return pieceKey(kindEntry, k, id) }

func pieceKey(kind byte, k store.Key, id string) []byte {
	b := append(head(k.Partition, kind, len(k.Name)+len(id)+2), k.Name...)
	return append(append(b, 0), id...)
}

// termPrefix is what the rows of all records with a term begin with.
func termPrefix(t store.Term, room int) []byte {
	p := store.PartitionOf(t.Name + "\x00" + t.Value)
	b := append(head(p, kindTerm, len(t.Name)+len(t.Value)+2+room), t.Name...)
	b = append(append(b, 0), t.Value...)
	return append(b, 0)
}

func termKey(t store.Term, k store.Key) []byte {
	b := binary.BigEndian.AppendUint16(termPrefix(t, len(k.Name)+3), uint16(k.Partition))
	return append(b, k.Name...)
}

// keyOfTerm reads the record's key behind a term's prefix.
func keyOfTerm(rest []byte) store.Key {
	return store.Key{Partition: store.Partition(binary.BigEndian.Uint16(rest)), Name: string(rest[2:])}
}

// lanePrefix is what the rows of one kind of a lane begin with.
func lanePrefix(kind byte, l store.Lane) []byte {
	b := append(head(store.PartitionOf(l.Instance), kind, len(l.Instance)+1+laneLen+seqLen), l.Instance...)
	return binary.BigEndian.AppendUint16(append(b, 0), l.Number)
}

func laneKey(kind byte, l store.Lane, seq store.Seq) []byte {
	return binary.BigEndian.AppendUint64(lanePrefix(kind, l), uint64(seq))
}

// laneOf reads the key of a pointer; false if it is none.
func laneOf(key []byte) (store.Lane, store.Seq, bool) {
	if len(key) < headLen {
		return store.Lane{}, 0, false
	}
	instance, rest, ok := bytes.Cut(key[headLen:], []byte{0})
	if !ok || len(rest) != laneLen+seqLen {
		return store.Lane{}, 0, false
	}
	l := store.Lane{Instance: string(instance), Number: binary.BigEndian.Uint16(rest)}
	return l, store.Seq(binary.BigEndian.Uint64(rest[laneLen:])), true
}

// keptPrefix is what the kept rows of an instance begin with. It ends with a zero byte.
func keptPrefix(instance string) []byte {
	b := append(head(store.PartitionOf(instance), kindKept, len(instance)+1+seqLen), instance...)
	return append(b, 0)
}

func keptKey(instance string, seq store.Seq) []byte {
	return binary.BigEndian.AppendUint64(keptPrefix(instance), uint64(seq))
}

// keptEnd is behind all kept rows of an instance: the zero byte raised to 1 is no key's.
func keptEnd(instance string) []byte {
	b := keptPrefix(instance)
	b[len(b)-1] = 1
	return b
}

// keptOf reads the key of a kept row; false if it is none.
func keptOf(key []byte) (instance string, seq store.Seq, ok bool) {
	if len(key) < headLen+1+seqLen || key[headLen-1] != kindKept || key[len(key)-seqLen-1] != 0 {
		return "", 0, false
	}
	return string(key[headLen : len(key)-seqLen-1]), store.Seq(binary.BigEndian.Uint64(key[len(key)-seqLen:])), true
}

// nextOf is where the rows of a kind may go on behind a key of another kind.
func nextOf(kind byte, key []byte) []byte {
	p := store.Partition(binary.BigEndian.Uint16(key))
	if key[headLen-1] > kind {
		p++
	}
	return head(p, kind, 0)
}

func ownKey(name string) []byte { return append(head(own, kindOwn, len(name)), name...) }

// next is the smallest key behind a key.
func next(key []byte) []byte { return append(key, 0) }
