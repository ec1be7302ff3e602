// Package box gives a guest the memory it had after its initialisation, again and again, for microseconds.
//
// A module is started once, when it is installed: its memory and its globals then are the image. Bake writes modules that begin there, and
// need no initialisation any more. A Memory maps the image privately: it shares what the guest only reads with all others, and Reset puts
// back what was written to, page by page, whatever the guest did.
//
// The package must never let a page that a guest has changed be seen by the next call. It knows nothing of calls, of adapters and of who runs
// a module. Where the system lacks what Memory needs, New fails, and a fresh instance of Baked.Whole is the portable way.
//
// engine/plugin calls it.
package box
