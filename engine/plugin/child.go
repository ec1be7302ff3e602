package plugin

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os/exec"
	"time"
)

// Bounds on the process that prepares a module of the folder. The compiler cannot be interrupted, and takes what memory it likes.
const (
	childTime   = 2 * time.Minute
	childMemory = 4 << 30 // bytes of addresses
)

// childJob is what it gets on its standard input, childDone what it gives on its standard output. What it made is in the cache folder.
type (
	childJob struct {
		Module   []byte
		Limits   Limits
		CacheDir string
		Fresh    bool
		Seconds  uint64 // of processor
		Memory   uint64 // bytes of addresses
	}
	childDone struct {
		Refused string // text of a ModuleError
		Failed  string // any other error's
	}
)

// Child is the other side of Config.Child: it prepares and compiles one module into the cache folder, within the limits that it is given.
// What is wrong with the module is part of the answer; the error is of reading and writing.
func Child(ctx context.Context, in io.Reader, out io.Writer) error {
	var job childJob
	if err := gob.NewDecoder(in).Decode(&job); err != nil {
		return fmt.Errorf("prepare module: %w", err)
	}
	if err := limitProcess(job.Seconds, job.Memory); err != nil {
		return fmt.Errorf("prepare module: limits: %w", err)
	}
	var done childDone
	var module *ModuleError
	if err := job.run(ctx); errors.As(err, &module) {
		done.Refused = module.Reason
	} else if err != nil {
		done.Failed = err.Error()
	}
	return gob.NewEncoder(out).Encode(done)
}

func (j childJob) run(ctx context.Context) error {
	s, err := newSandbox(ctx, Config{CacheDir: j.CacheDir, Limits: j.Limits, Parallel: 1, Fresh: j.Fresh, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { _ = s.close(ctx) }()
	p, err := s.prepare(ctx, j.Module)
	if err != nil {
		return err
	}
	code, err := s.compile(ctx, p.Module)
	if err != nil {
		return err
	}
	return code.Close(ctx)
}

// prepareInChild has another process prepare and compile a module, so that one that makes the compiler run wild ends with that process.
func (s *sandbox) prepareInChild(ctx context.Context, wasm []byte) error {
	var in, out, said bytes.Buffer
	job := childJob{wasm, s.limits, s.cacheDir, !s.boxed, uint64(s.childTime.Seconds()) + 1, childMemory}
	if err := gob.NewEncoder(&in).Encode(job); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, s.childTime)
	defer cancel()
	cmd := s.child(limited)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = &in, &out, &said
	cmd.WaitDelay = time.Second
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return &ModuleError{fmt.Sprintf("it was not prepared and compiled within %v", s.childTime)}
	case err != nil:
		return childError(err, said.Bytes())
	}
	var done childDone
	if err := gob.NewDecoder(&out).Decode(&done); err != nil {
		return fmt.Errorf("the process that prepares modules answered nonsense: %w", err)
	}
	switch {
	case done.Refused != "":
		return &ModuleError{done.Refused}
	case done.Failed != "":
		return errors.New(done.Failed)
	}
	return nil
}

// childError tells a process that was too large or was killed for its processor time from one that could not be begun.
func childError(err error, said []byte) error {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("the process that prepares modules could not be run: %w", err)
	}
	if text := panicText(said); text != "" {
		return &ModuleError{fmt.Sprintf("to prepare and compile it takes more than this host gives: %s", text)}
	}
	return &ModuleError{fmt.Sprintf("the process that prepared and compiled it ended: %v", exit)}
}
