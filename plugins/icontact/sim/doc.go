// Package sim simulates iContact's HTTP API (https://app.icontact.com/icp) for tests, the demo and benchmarks.
//
// It is written from what is publicly known of the API and not from the adapter, so that the two can disagree.
// It must never be changed to suit the adapter: a behaviour changes only when more is learnt of the provider,
// and a doubtful one becomes a switch in Options. Callers: tests, `pollwright demo`, benchmarks.
//
// Mount a *Sim on a loopback listener; the API lies at /icp, the control API at /_sim/ (see package simkit:
// never expose it beyond loopback).
//
// # What it does, and how sure that is
//
// [H] recorded traffic, first-party reference or two independent sources; [M] one source; [L] inferred;
// [?] not known, a choice of ours.
//
//   - [H] /icp/time needs no credentials and shows US Eastern time with offset, and Unix seconds.
//   - [H] /icp/a and /icp/a/{account}/c: envelopes and key order as recorded; `enabled` is "1" or "0".
//     [M] /icp/a/{account} and /icp/a/{account}/c/{folder} show the one member. A trailing slash is optional [H].
//   - [H] API-Version, API-AppId, API-Username and API-Password are demanded; an unknown or missing user is
//     401 "Api username invalid". [M] texts for password and application; [L] their status 401. [L] a missing
//     API-Version is that 401, too; [H] a wrong one is 501 [L] with a text of ours. Versions 2.0, 2.1, 2.2.
//   - [?] a foreign account or folder id, and any unknown path, is 404 with an errors body.
//   - [L] a disabled account refuses its folders with 403 (Options.AccountDisabled); [H] it shows enabled "0".
//   - [H] JSON arrives as text/html; charset=utf-8 unless Options.JSONContentType. [L] an Accept header
//     that rules JSON out is 406: the XML form is not simulated.
//   - [H] contacts: 16 keys in recorded order on a list; ids are strings (Options.NumericIDs: newer documents);
//     empty values are null on a list (Options.EmptyStrings: "") and [M] "" on a single contact, which has
//     another order of keys, `business`, and [M] custom fields as further members.
//   - [H] createDate of a contact is `yyyy-MM-dd HH:mm:ss` in US Eastern time without an offset. There is no
//     modified date: an update is invisible but for the changed fields. [M] createDate of a message is
//     `yyyy-MM-dd'T'HH:mm:ssXXX` with the Eastern offset.
//   - [H] without `status` only contacts on a list are found, status=unlisted finds those on none, status=total
//     both; other values filter by status. [L] among contacts on a list; [L] a deleted contact is found by
//     status=deleted only.
//   - [H] limit (20 if absent) and offset (a row index), echoed. [M] limit is capped at 500 [L] by clamping
//     (Options.LimitCap). [?] a limit or offset that is no number is 400.
//   - [H] orderby=field[:asc|:desc],... [?] ties by id; [L] an unknown field is an unrecognised term. [?] the
//     order without orderby: by id, or Options.Order.
//   - [H] search: one parameter per field, names case-sensitive, `*` is a wildcard, an empty value finds
//     nothing, {field}SearchType=eq|gt|gte|lt|lte|bet (bet inclusive, two values with a comma).
//     [L] a comma list on contactId, listId, status and messageType; [L] values compare without case;
//     [L] an unknown SearchType or an unreadable date is 400.
//   - [M] contacts are searched by listId, firstName, lastName, street, city, state, postalCode, email,
//     contactId, status, createDate; [H] messages by messageType, campaignId, subject, and nothing else is known:
//     createDate is not among them (Options.SearchMessageDates).
//   - [H] dates in a query: YYYY-MM-DD[THH:MM:SS[+-HH:MM]]; [L] without offset they are Eastern. [L] they are
//     compared with createDate as Eastern wall time, as a database without zones does, so that in the autumn
//     hour that runs twice both passes are one; Options.CompareInstants compares instants.
//   - [H] keys and [M] envelopes of lists, campaigns, segments with their criteria (no envelope but the rows), subscriptions, customfields
//     (rows and total), and [L] sends; each but criteria has addresses of single rows, with [L] the singular as key. [?] none but
//     subscriptions can be searched; those by contactId, listId, status, addDate and subscriptionId. All are sorted by their keys.
//     One list and the campaign 7001 are there from the start.
//   - [H] messages/{id}/opens, clicks, bounces, unsubscribes: contactId is a number, times have the Eastern offset; statistics are numbers,
//     [?] counted from those rows, and from what a Message is made with.
//   - [M] contacts/{id}/actions: the latest first, offsets without a colon, details {} or []; [H] searched by actor, actionType, actionTime.
//     [?] a contact that leaves a list keeps its subscription as unsubscribed.
//   - [M] /icp/a/{account}/users and their permissions, [?] with members of our choice. uploads, signupforms and webhooks are missing.
//   - [H] an unknown term is ignored with 200 and the recorded warning; [L] several are listed in one warning.
//     Options.IgnoreTerms makes known terms unknown.
//   - [M] `total` may be stale after a delete (Options.StaleTotal).
//   - [H] POST contacts upserts by address, answers the recorded echo, and 200 with warnings when the address is
//     missing; [L] a contact so made is on no list. [H] POST contacts/{id} answers 400 to a status other than
//     normal or donotcontact. [H] DELETE answers `[]` (recorded on lists; [L] for contacts).
//   - [H] refusals as XML look like XML answers do (Options.XMLErrors: always, whatever is asked for).
//   - [L] another method is 405. 402, 403, 503, 507 and the like come from faults; [?] what throttling looks like.
//
// Options.ShortPages is not a known behaviour but a hazard that the protocol allows: pages shorter than the
// limit they echo.
package sim
