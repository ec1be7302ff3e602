// Package console is the web console at /console: pages on which integrators and support do and see without curl what the API does. They are
// rendered by the server and work without a script, but for the live ones, which then show the state of when they were asked for.
//
// The package decodes forms, calls the engine and renders what it returns; package server/command mounts it beside the API. It must never
// decide what the engine decides, show a secret that the API would not show, or send a byte of script or style inside a page: the policy of
// every page (see page.go) forbids what is not a file of assets.
//
// A request comes in through routes.go, which says for each whether it needs a session. A page is a loader, which returns a template of pages/
// and what it shows; an action is a form that was sent, which ends in a page or in a redirect.
package console
