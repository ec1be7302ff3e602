// Package ceql reads the `where` language of hub URLs, such as
// lastModifiedDate >= '2024-05-06T07:08:09Z' AND (status = 'open' OR owner IS NULL).
//
// [Parse] turns text into a small tree: [And] and [Or] of [Condition], [In] and [Null]. Most adapters
// understand only a flat list of conditions joined by AND; [Conjunction] gives them that list.
//
// The language: AND, OR, parentheses, = != < > <= >=, LIKE, IN (...), IS NULL, IS NOT NULL. Keywords
// are read in any case. AND binds tighter than OR. A name may stand bare (dots, dashes and brackets
// included) or in ', " or ` quotes. A value is quoted with ' or ", a doubled quote inside standing for
// one, or bare, and then ends at the next blank, comma or parenthesis. Source: the platform's CEQL
// guide and the where clauses of published poller configurations.
//
// [Match] tells whether a record fits a clause, by SQL's rules for what has no value. What a record is, and
// which of its fields are dates, the caller knows: it gives a [Lookup].
//
// The package never contacts anything, and never guesses at what it cannot read: such text is a
// [SyntaxError] with its column. Two slips that published configurations contain
// are repaired: a last value whose quote is not closed, and one with a stray quote behind it;
// [ParseWarn] says so. It is called when an instance is checked, when a poll builds its query and when
// a hub is read; Match and [Compare] are for the last.
package ceql
