// Package sim simulates Act-On's HTTP API (https://api.actonsoftware.com) for tests, the demo and benchmarks.
//
// It is written from what is publicly known of the API and not from the adapter, so that the two can disagree.
// It must never be changed to suit the adapter: a behaviour changes only when more is learnt of the provider,
// and a doubtful one becomes a switch in Options. Callers: tests, `pollwright demo`, benchmarks.
//
// Mount a *Sim on a loopback listener; the API lies at /token, /authorize and /api/1, the control API at
// /_sim/ (see package simkit: never expose it beyond loopback; here it also hands out codes).
//
// # What it does, and how sure that is
//
// [H] recorded traffic, first-party reference or two independent sources; [M] one source; [L] inferred;
// [?] not known, a choice of ours.
//
// OAuth2:
//   - [H] GET /authorize?response_type=code&client_id=..&redirect_uri=..[&state=..] redirects with code and
//     state; `callbackUrl` in place of redirect_uri is what one platform sends. Options.ConsentPage shows a
//     page to agree on ([?] how it looks); [M] a refusal redirects with `error`. [H] The scope is PRODUCTION; [?] a
//     challenge of PKCE (RFC 7636, S256) is taken, and then its verifier is demanded. [L] a code lives 10 minutes,
//     is used once, and is bound to client and redirect address. [?] a wrong request is 400, and so is an
//     address that is not among Config.Redirects, if there are any.
//   - [H] POST /token, form-encoded, client_id and client_secret in the body ([L] Basic is not read), grants
//     password, authorization_code, refresh_token; grant_type may stand in the query. [H] answers and the 401
//     of a wrong client, the 403 of a wrong password and of a wrong refresh token; [L] text for a wrong code
//     (403) and for an unknown grant (400).
//   - [H] access tokens live an hour (Options.AccessLife), refresh tokens [M] 30 days (Options.RefreshLife) and
//     for one use. A new token of the same client and user, by whatever grant, ends the previous access and
//     refresh token. Older answer forms: Options.TokenStyle.
//   - [H] 5 password and code authentications per hour (Options.AuthPerHour); [?] counted in a moving hour,
//     failed ones included; [L] the refusal is the gateway's 429.
//
// Gateway, before everything under /api/1:
//   - [H] a missing token is 401 with httpCode "401" as a string; [M] an expired, superseded or unknown one is
//     the same. Options.Legacy is the generation before 2023: [M] codes 900901 unknown, 900902 missing, 900903
//     expired, 900904 inactive (here: superseded or revoked), 900800 throttled; [L] their wrapper and texts.
//   - [H] limits of 5 calls per second and 30,000 per day (Options.PerSecond, PerDay); [L] the 429 body; [?]
//     calls are counted per second of the clock (Options.SlidingWindow: any second) and per UTC day, refused and
//     unauthenticated calls and those to /token are not counted; no Retry-After unless Options.RetryAfter.
//   - [H] an unknown path is 404 "No resources match requested URI"; headers x-request-id and
//     x-global-transaction-id come with each answer of the new gateway. [L] another method is 405.
//
// Lists:
//   - [H] GET /api/1/list?listingtype=..&count=..&offset=..: keys and their order, ts* in milliseconds, sourceSize a
//     string, listingtype in any case; the parameter `type` is not one. Only contact lists exist here: other known
//     types are empty. [?] without listingtype: contact lists; [L] an unknown one is 422 with errorCode 10121.
//     [M] some rows lack an id (Options.IDlessList).
//   - [H] GET /api/1/list/{listId}: count is clamped to 1000, offset; modafter, modbefore, createdafter,
//     createdbefore in milliseconds, so seconds count as a moment of January 1970. [?] all are exclusive
//     (Options.AfterInclusive, BeforeInclusive). [?] without count: 1000 rows, 100 on listings
//     (Options.DefaultCount). [L] a number that is none, or count < 1, is 422 with 10121.
//   - [H] datequalifiers=true adds __created_date and __modified_date; [L] at the end; [M] as strings of
//     milliseconds. Options.PlainDateHeaders: the names without underscores that one document prints;
//     Options.DateCells: numbers, or a text with a zone.
//   - [H] fields, separated by semicolons that must be percent-encoded, excludes datequalifiers: [L] both are 422
//     with 10121. [?] _contact_id_ is always the first column, unknown names are left out.
//   - [M] totalCount is the filtered total (Options.UnfilteredTotal). [?] rows come by id (Options.Order).
//   - [H] row ids are {listId}:{hex counter}; ids are never used again [L]. Every cell is a string; emailColumn is an
//     index, [L] -1 without an address column. [M] past the end: count 0 and an empty array.
//   - [H] responseformat=CSV is not capped; [L] it has a header row and is text/csv.
//   - [H] an unknown list is 400 with errorCode 10004; [L] an unknown record is 400 with 10008.
//   - [H] GET /api/1/list/{listId}/record/{recordId}: a bare array in the order of the headers.
//   - [H] GET /api/1/list/hardbounce|spamcomplaint|optout: totalCount is always -1; count, offset,
//     createdafter, createdbefore.
//   - [H] time texts are in the account's zone (Config.Zone).
//
// Writes, messages, forms, programs and the newer /ucl API are not simulated; records are changed through the
// control API.
package sim
