// Package model holds the whole detection to one promise: whatever a provider does, each state of a record that a scan could see is told
// exactly once. It is a test and nothing else: no package may import it, and it exports nothing.
//
// A simulated provider (provider_test.go) plays a script (script_test.go) that a seed makes: records are created, updated and removed, in
// ties and bursts, become visible late, are dated 2099, carry local times of the night in which an hour comes twice, and move between
// pages while these are read; requests, answers and commits fail, whether applied or not, or find a conflict, or take their time; polls stop and
// start again. The real poll.Poller reads it over a memstore behind a faultstore, and every event is read back from the outbox. Time is simulated.
//
// The model (ledger_test.go) is the list of what the provider wrote, and shares no code with the detector. For each state it notes when
// the state could be seen and what it was told as. A scan is complete when its poll ended without a fault, unstable pages or a bound; it
// began with the last request for a first page. Then:
//
//   - Must be told: a state that could be seen from the first to the last request of a complete scan, if its date was not before the
//     window that this scan asked for, or if it was written after the activation and became visible within the promised lateness (the
//     overlap, less what the clocks may differ by when the provider does not tell its own).
//   - Must not be told: a state that the first complete scan could see from beginning to end, dated up to the activation. Nor a state
//     twice, nor an older state of an object after a newer one.
//   - May be told, once: a state that came or went while pages were read, or was seen by a scan that failed. So may a state that the
//     first scan saw and whose date lies within one unit of the activation: its text does not say on which side.
//   - CREATED: the first event of an object that was created after the activation and shown in time; of others if created inside the
//     window asked or within the tolerance of the update. Every later event of an object is UPDATED, whatever is remembered.
//   - An event's record has the provider's bytes, its date is that of the text, and its id is the same in every attempt to store it and
//     belongs to no other change.
//   - The mark never falls, never passes the provider's clock (ours, if the provider tells none), and stays when a scan is not complete.
//   - A poll that finds the provider as the last complete scan left it writes nothing.
//   - After the last mutation polls come to rest, and everything has been told.
//
// Where a local time means two instants, both readings count: a claim is made only if it holds for both.
//
// `make test` plays a few seconds of it, `make model` at least a million records, and `make model MUTANTS=1` breaks the detection's rules
// one by one and wants each to be noticed. The rules of hash mode, where records have no date, are no part of it.
package model
