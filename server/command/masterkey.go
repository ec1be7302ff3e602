package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// Bounds on a command that prints a master key.
const (
	keyCommandTime = 30 * time.Second
	keyCommandSize = 4 << 10 // bytes of output
)

// printedKey is what a command prints, which is a master key. flag is where the command was named. Errors tell how it ended, and nothing of what
// it printed, on either stream: that could be the key.
func printedKey(ctx context.Context, flag, command string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, keyCommandTime)
	defer cancel()
	shell := []string{"sh", "-c", command}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/C", command}
	}
	var out keyOutput
	c := exec.CommandContext(ctx, shell[0], shell[1:]...)
	c.Stdout = &out
	c.WaitDelay = time.Second // a child of the shell may keep the stream open
	err := c.Run()
	switch {
	case ctx.Err() != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: did not end within %v", flag, keyCommandTime)
	case out.full:
		return nil, fmt.Errorf("%s: printed more than %d bytes, where a master key has 44 characters", flag, keyCommandSize)
	case err != nil:
		return nil, fmt.Errorf("%s: %w (run it by hand to see what it says)", flag, err)
	case len(bytes.TrimSpace(out.text)) == 0:
		return nil, fmt.Errorf("%s: printed nothing, where a master key is expected: 32 bytes in base64", flag)
	}
	return bytes.TrimSpace(out.text), nil
}

// keyOutput takes what a command prints, up to a bound.
type keyOutput struct {
	text []byte
	full bool
}

var errFull = errors.New("too much")

func (o *keyOutput) Write(p []byte) (int, error) {
	if len(o.text)+len(p) > keyCommandSize {
		o.full = true
		return 0, errFull
	}
	o.text = append(o.text, p...)
	return len(p), nil
}

// givenMaster is the master key that is given from outside: from the environment or printed by a command; empty = it lies in a file.
func givenMaster(ctx context.Context, fromEnvironment, command, file string) (string, error) {
	switch {
	case command == "":
		return fromEnvironment, nil
	case fromEnvironment != "":
		return "", usageError{fmt.Errorf("%s and --master-key-command both give the master key: take one of them out", envMasterKey)}
	case file != "":
		return "", usageError{errors.New("--master-key-file and --master-key-command both give the master key: take one of them out")}
	}
	key, err := printedKey(ctx, "--master-key-command", command)
	return string(key), err
}
