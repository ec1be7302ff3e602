package badgerstore

import (
	"crypto/aes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"

	"github.com/dgraph-io/badger/v4/fb"
	"github.com/dgraph-io/badger/v4/y"
)

// verifyTable checks a table file of Badger 4.9.6, and returns the greatest version in it: blocks, the index of the blocks, the index's length, its
// checksum, and the length of that. Each block ends with its entries' offsets, their number, its checksum, and the length of that. With a key,
// blocks and index are encrypted, each with its initialization vector behind it; the index's checksum is of its encrypted bytes, a block's of its
// clear ones. What is in the blocks is given to cells, unless that is nil.
func verifyTable(file, key []byte, to cells) (version uint64, err error) {
	defer func() {
		if p := recover(); p != nil { // an index, or a block, that was made up
			err = fmt.Errorf("it cannot be read: %v", p)
		}
	}()
	blocks, index, err := cutIndex(file)
	if err != nil {
		return 0, err
	}
	if index, err = decrypted(index, key); err != nil {
		return 0, err
	}
	list := fb.GetRootAsTableIndex(index, 0)
	for i := range list.OffsetsLength() {
		var at fb.BlockOffset
		if !list.Offsets(&at, i) {
			return 0, fmt.Errorf("its index has no block %d", i)
		}
		from, end := int(at.Offset()), int(at.Offset())+int(at.Len())
		if end > len(blocks) {
			return 0, fmt.Errorf("block %d ends at %d, behind the blocks", i, end)
		}
		if err := verifyBlock(blocks[from:end], key, to); err != nil {
			return 0, fmt.Errorf("block %d at %d: %w", i, from, err)
		}
	}
	return list.MaxVersion(), nil
}

// cutIndex takes the index off the end.
func cutIndex(file []byte) (blocks, index []byte, err error) {
	rest, sum, err := cutChecksum(file)
	if err != nil {
		return nil, nil, err
	}
	rest, length, err := cutLength(rest)
	if err != nil {
		return nil, nil, err
	}
	if length > len(rest) {
		return nil, nil, fmt.Errorf("its index has %d bytes, there are %d", length, len(rest))
	}
	blocks, index = rest[:len(rest)-length], rest[len(rest)-length:]
	if crc(index) != sum {
		return nil, nil, errors.New("the checksum of its index is wrong")
	}
	return blocks, index, nil
}

func verifyBlock(block, key []byte, to cells) error {
	block, err := decrypted(block, key)
	if err != nil {
		return err
	}
	content, sum, err := cutChecksum(block)
	if err != nil {
		return err
	}
	if crc(content) != sum {
		return errors.New("its checksum is wrong")
	}
	if to != nil {
		blockCells(content, to)
	}
	return nil
}

func decrypted(data, key []byte) ([]byte, error) {
	if key == nil {
		return data, nil
	}
	if len(data) < aes.BlockSize {
		return nil, errors.New("it has no initialization vector")
	}
	end := len(data) - aes.BlockSize
	return y.XORBlockAllocate(data[:end], key, data[end:])
}

func crc(data []byte) uint64 { return uint64(crc32.Checksum(data, y.CastagnoliCrcTable)) }

// cutLength takes a length off the end.
func cutLength(data []byte) (rest []byte, length int, err error) {
	if len(data) < 4 {
		return nil, 0, errors.New("it is too short")
	}
	end := len(data) - 4
	return data[:end], int(binary.BigEndian.Uint32(data[end:])), nil
}

// cutChecksum takes a checksum and its length off the end. It is a message of protocol buffers: field 1 is the algorithm, which is left out for
// CRC-32C, field 2 the sum.
func cutChecksum(data []byte) (rest []byte, sum uint64, err error) {
	rest, length, err := cutLength(data)
	if err != nil {
		return nil, 0, err
	}
	if length > len(rest) {
		return nil, 0, fmt.Errorf("its checksum has %d bytes, there are %d", length, len(rest))
	}
	rest, message := rest[:len(rest)-length], rest[len(rest)-length:]
	if len(message) == 0 { // the sum is zero
		return rest, 0, nil
	}
	sum, n := binary.Uvarint(message[1:])
	if message[0] != 2<<3 || n != len(message)-1 {
		return nil, 0, errors.New("its checksum cannot be read")
	}
	return rest, sum, nil
}
