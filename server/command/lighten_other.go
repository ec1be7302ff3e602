//go:build !linux

package command

import "errors"

// forgetProgram is for Linux only.
func forgetProgram() (int, error) { return 0, errors.ErrUnsupported }
