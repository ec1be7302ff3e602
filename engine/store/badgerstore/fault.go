package badgerstore

import "sync"

// fault is the end of a store's working life: set once, seen by everyone.
type fault struct {
	once sync.Once
	ch   chan struct{}
	err  error // written before ch is closed
}

func newFault() *fault { return &fault{ch: make(chan struct{})} }

func (f *fault) set(err error) {
	f.once.Do(func() {
		f.err = err
		close(f.ch)
	})
}

func (f *fault) get() error {
	select {
	case <-f.ch:
		return f.err
	default:
		return nil
	}
}
