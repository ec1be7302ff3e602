// Package instance says WHAT is polled. Parse and New check a POST body once, report every fault with its path, and make an Instance;
// whoever has an Instance need not check it again. The package reads no clock, no store and no network, and never keeps a secret: secrets
// leave New on their own, to be sealed. Package engine calls it; poll reads what it made.
package instance
