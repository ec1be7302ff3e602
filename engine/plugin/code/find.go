package code

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	"github.com/tetratelabs/wazero/api"
)

// ErrUnavailable says that the code stays where it is. Nothing was changed.
var ErrUnavailable = errors.New("machine code stays in memory")

// find gives the machine code of the module that m is an instance of.
func find(m api.Module) ([]byte, error) {
	v := reflect.ValueOf(m)
	for _, name := range []string{"Engine", "parent", "executables", "executable"} {
		for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, fmt.Errorf("%w: wazero has no %s where it is looked for", ErrUnavailable, name)
		}
		v = v.FieldByName(name)
	}
	if v.Kind() != reflect.Slice || v.Type().Elem().Kind() != reflect.Uint8 || v.Len() == 0 {
		return nil, fmt.Errorf("%w: wazero's executable is no bytes", ErrUnavailable)
	}
	return unsafe.Slice((*byte)(v.UnsafePointer()), v.Len()), nil
}
