// Package hub reads what a hub URL asks for: GET /hubs/marketing/contacts?where=status='normal'&fields=email&orderBy=lastName&pageSize=50.
//
// [Parse] takes the path and the query apart. [Request.Plan] divides the work: conditions and an order that the adapter's manifest says its
// provider knows are handed on, the rest is done here, over the records. [Plan.Read] reads the provider's pages one after the other until the
// answer is full, the result ends or a bound is reached; where it ended is a [Position], from which the next answer goes on.
//
// The package opens no connection and knows neither instances nor their credentials: it asks a [Source] for pages. What an adapter gives is
// untrusted: records are bounded in count, bytes and time, and a path can put nothing but names into a provider's URL. It is called by
// package engine.
package hub
