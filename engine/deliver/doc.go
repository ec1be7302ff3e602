// Package deliver is ONE DELIVERY: it forms notifications out of changes and brings them to the callback of their instance.
//
// Form is pure and is called in the commit of a poll: what it returns is stored together with the checkpoint that passes those changes.
// Sender reads the outbox lane by lane and POSTs each row until the callback answers 2xx; then one commit drops the row and logs the
// attempt. The engine starts one Sender per process, calls Wake after each commit of notifications and Refresh after each change of an
// instance.
//
// It must never: drop a row of a living instance that no 2xx has acknowledged, send a row before its predecessor in the lane is dropped,
// change a byte or the id of a stored notification, count a stop as a failed attempt, or let one callback hold the workers of others.
//
// What a receiver sees: each notification at least once. A repeat (the answer was lost, or the process died between the answer and the
// commit) carries the same webhook-id and the same bytes.
package deliver
