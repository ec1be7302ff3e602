// Package deliver is ONE DELIVERY: it forms notifications out of changes and brings them to the callback of their instance.
//
// Form is pure and is called in the commit of a poll: what it returns is stored together with the checkpoint that passes those changes.
// Sender has the rows from Take, in memory while there is room, or reads the outbox lane by lane, and POSTs each until the callback answers
// 2xx; then one commit ends its waiting and logs the attempt. The engine starts one Sender per process, calls Take after each commit of
// notifications and Refresh after each change of an instance.
//
// There are two kinds of trouble. A callback that is down or wants to be left alone is set back: its lanes wait, one of them at a time is
// the probe, nothing is written and nothing is given up; after 72 hours, or a 410 at once, it is paused until its user resumes it. A
// notification that its callback refuses is tried again by a list of waits, and then one commit moves it to the dead letters, where it can
// be seen and sent again, and its lane goes on. What may be either, a 5xx or a timeout, is the callback's until others of it get 2xx.
//
// What goes to one host at once and in a second, and of one instance in a second, is limited. A lane over a limit stands in line without a
// worker, and in every line the callbacks take turns. How much waits of an instance is counted (Take, Admits): whoever would add to it asks first.
//
// What became of it all is read from the store: it keeps each notification, with its events beside the payload, for a time after it was
// dropped (List, Changes, Find), the log has the attempts that count, and both together tell its State (FateOf). Again is what a commit needs
// to send one once more.
//
// It must never: drop a row of a living instance that no 2xx has acknowledged and that no dead letter keeps, send a row before its
// predecessor in the lane is dropped, change a byte or the id of a stored notification, count a stop as a failed attempt, or let one
// callback hold the workers of others.
//
// What a receiver sees: each notification at least once. A repeat (the answer was lost, or the process died between the answer and the
// commit) carries the same webhook-id and the same bytes.
package deliver
