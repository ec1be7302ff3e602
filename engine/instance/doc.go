// Package instance says WHAT is polled. Parse and New check a POST body once, report every fault with its path, and make an Instance;
// whoever has an Instance need not check it again. The package reads no clock, no store and no network, and never keeps a secret: secrets
// leave New on their own, to be sealed, and no message repeats a value that may be one. Package engine calls it; poll reads what it made.
//
// In reading order: draft.go takes the body's outer shape (syntax.go and duplicate.go find what JSON forgives or hides); new.go makes an
// instance of it with parameters.go and events.go, and with delivery.go, retries.go and headers.go how it wants to be told; resources.go
// finds the resources, also by their older spellings (legacy.go, choice.go); entry.go reads one of them, with url.go, dates.go and
// settings.go. route.go takes hub URLs apart and is used at every poll again.
package instance
