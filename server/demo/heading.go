package demo

import (
	"fmt"
	"time"

	"github.com/pollwright/pollwright/server/console"
)

// heading says what one is about to see, and how to look behind it.
func (w *world) heading(span time.Duration) {
	s := w.screen
	s.line("%s", s.paint(bold, "Pollwright demo: two providers that cannot notify, and what changes there told at a callback URL"))
	s.line("")
	s.line("Both providers are simulated on this machine. Records are created and changed there as time goes by. One server polls")
	s.line("each collection every second through the provider's WebAssembly adapter, detects what changed, and posts signed events.")
	s.line("")
	for _, p := range w.providers {
		s.line("  %-10s %-29s instance %d, made with the body that the platform's page prints%s;", p.name, w.sites[p.key].url+p.path, p.id, p.quirks())
		s.line("  %-10s %-29s its %d records from before are not told", "", "", p.present())
	}
	s.line("  %-10s %-29s REST API, and a console for a browser at %s", "server", w.server, console.Path)
	s.line("  %-10s %-29s callback URLs /events/icontact and /events/acton; it verifies each signature", "receiver", w.sites[receiving].url)
	s.line("")
	s.line("Open %s%s and sign in with the user secret %s and the organization secret %s.", w.server, console.Path, w.client.user, w.client.organization)
	s.line("Or look at an instance and its last polls, or change something yourself, from another terminal:")
	s.line("")
	for _, what := range []string{"", "/polls"} {
		s.line("  curl -H 'Authorization: %s' %s/instances/%d%s", w.client.authorization(), w.server, w.providers[0].id, what)
	}
	for _, p := range w.providers {
		s.line("  curl -d '%s' %s/_sim/records/contacts", p.try, w.sites[p.key].url)
	}
	s.line("")
	if span > 0 {
		s.line("It ends by itself after %v. Each line is one event; the seconds are from the change at the provider to its arrival here.", span)
	} else {
		s.line("Ctrl-C ends it. Each line is one event; the seconds are from the change at the provider to its arrival here.")
	}
	s.line("")
}

func (p *provider) quirks() string {
	if len(p.tolerated) == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d warnings)", len(p.tolerated))
}

// present counts the records that were there before the watch.
func (p *provider) present() int {
	objects, _ := states(p.kit.Ledger.After(0, int(p.base)), p.base)
	return len(objects)
}
