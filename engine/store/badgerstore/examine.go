package badgerstore

import (
	"errors"
	"os"
)

// Examine looks whether a store would open: ErrInUse or ErrWrongKey if not. One that is not there would. It does not open it, which changes it.
func Examine(dir string, key []byte) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	held, err := lock(dir)
	if err != nil {
		return err
	}
	return errors.Join(checkKey(dir, key), held.Close())
}
