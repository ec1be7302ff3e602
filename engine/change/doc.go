// Package change decides WHICH records changed. It is pure: records, a rule and what was remembered go in; changes and what to remember
// come out. It never reads a clock, a store or a network. Package poll drives it: Begin, Page for each page, Finish after the last one.
//
// The rules, exact where polling engines usually lose or repeat records:
//
//   - The mark is the greatest record date seen, never later than the provider's clock at the scan's first response. It moves only in
//     Finish, after the last page of a scan.
//   - The window asked begins at mark - max(overlap, pollDelay), inclusive, and one unit of the date formats further back where they are coarse.
//   - The seen-set remembers (id, version) of every record in the window and createdCheckTolerance further back. What is remembered is
//     not told again; what is in the window and not remembered is told, however late it appeared.
//   - The version is the raw date text, with a hash of the content where the format cannot tell two changes within a second apart.
//   - An id in the seen-set was UPDATED; else a record created inside the window, or within the tolerance of its update, was CREATED;
//     else it was UPDATED.
//   - The baseline: the first scan remembers, and does not tell, what is dated before the end of the unit that the activation lies in. A
//     start that the user chose is rounded down instead.
//
// In hash mode (files hash_*.go) every scan reads all records and compares a hash of their content: for providers that have no modified
// date, and for deletions.
//
//   - The version is (generation, content hash). The generation is at least the number of the scan, so that equal contents at different
//     times are different events; a change that is detected again after a crash has the version it had before.
//   - An object is deleted when two complete scans in a row did not see it. A scan is complete if it read all pages without a fault and no
//     rows moved; it may take several polls, and goes on with what it had seen.
//   - More deletions at once than the guard allows are held until somebody confirms or refuses them.
//   - What a scan changes is appended to a log, which is merged into sorted blocks when it is long: a commit writes what changed, and a
//     crash between any two commits loses and repeats nothing.
package change
