//go:build !linux

package code

import "github.com/tetratelabs/wazero/api"

// File leaves the code where it is: see the package's documentation.
func File(api.Module, string) error { return ErrUnavailable }
