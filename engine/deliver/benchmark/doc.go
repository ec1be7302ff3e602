// Package benchmark measures one delivery from end to end: committed notifications on a real badgerstore, encrypted and synced, through
// deliver.Sender and the real egress client over loopback HTTP to a sink in a process of its own. It is a test and nothing else: no package
// may import it, and it exports nothing. It asserts that all that was committed arrived, and no speed.
//
// `make bench-delivery` alternates, round by round, the sender with a yardstick: the least that a program must do to form the same events,
// sign them and POST them, without durability, order or retries, to the same sink, with as many requests at once. The yardstick runs twice in each
// round; what its two runs differ by is the noise of the machine. The CPU of the sender is that of its whole process until the store is
// closed: forming and committing as polls do, sending, acknowledging, Badger's compactions.
//
// `make bench-outbox` fills and drains one store at a steady rate for minutes, while what was delivered a minute ago is swept, and shows whether
// it stays as fast and as small as it began: a line for each minute, then whether each aim of outbox_test.go is met.
package benchmark
