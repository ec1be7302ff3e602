// Package credential keeps the secrets of instances: sealed at rest, opened only in memory, and put into a request after the adapter has
// returned it.
//
// Three keys, each wrapped by the one before: the master key (a file of mode 0600 outside the data folder, or given from outside) wraps the
// keyset (keyset.json), the keyset seals the credentials and the store's own key (store.key). Changing the master key therefore rewrites one
// small file. A data folder without the master key gives nothing away. A rotation (Vault.Rotate) keeps the old key until the new one is where the
// next start looks for it: whenever it is cut short, the folder opens with one of the two.
//
// OAuth2 access tokens are refreshed ahead of their expiry, or after the provider refused one. Providers that rotate refresh tokens accept
// each only once, so the order is fixed: one refresh at a time for a credential, and what the provider answered is stored before it is
// used. A refresh token that could not be stored stays in memory and is stored before anything else happens with that credential.
//
// It must never: show a secret to an adapter, a log, an error or an answer (Secret prints as stars); make a new keyset beside something that
// an older one has sealed; use tokens that are not stored.
//
// The engine makes, replaces and deletes credentials in the same commit as their instance (Put, Replace, Delete give a store.Put). poll asks
// for an Authorizer for each request and for Refresh after an auth fault. Close before the store.
package credential
