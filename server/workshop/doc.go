// Package workshop is what the author of an adapter works with: a new project, its build, its tests, a look at the module, and polls through
// a real engine, against the provider or a fake one. It needs no server that runs and leaves nothing behind but what it was asked to make.
//
// The order of reading: project.go (what a project is), language.go (how each language is built), create.go, build.go, check.go (plugin test),
// inspect.go, run.go with fake.go.
//
// It must never touch a server's data folder, and never print a secret. server/command calls it.
package workshop
