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
//   - The baseline: the first scan remembers, and does not tell, what is dated up to the activation.
package change
