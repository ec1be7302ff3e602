//go:build unix

package benchmark

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

const (
	watched      = 100 // instances, or accounts of a pipe
	pollEvery    = 5 * time.Second
	busyRecords  = 200  // new ones of a poll: 4,000 events/s
	floodRecords = 2000 // the same, more than anybody can take
	batch        = 10
)

// TestBenchEndToEnd is `make bench-e2e`; without flags a short round shows that it works.
func TestBenchEndToEnd(t *testing.T) {
	b := newBench(t)
	if *rounds == 0 {
		b.instances, b.every = 4, time.Second
		b.open()
		b.play(1, 1500*time.Millisecond, 20)
		return
	}
	fmt.Printf("%d instances polled every %v, batches of %d, records of 1 KB, %d rounds of %v\n\n", b.instances, b.every, batch, *rounds, *round)
	wanted := func(part string) bool { return *only == "" || *only == part }
	if wanted("idle") {
		b.idle()
	}
	if wanted("busy") || wanted("flooded") {
		b.open()
		b.play(1, *round, busyRecords) // finds an empty store and no connections
		if wanted("busy") {
			fmt.Printf("busy: %d new records a poll, %.0f events/s\n", busyRecords, busyRecords*float64(b.instances)/b.every.Seconds())
			fmt.Println(table(b.play(*rounds, *round, busyRecords)))
		}
		if wanted("flooded") {
			fmt.Printf("flooded: %d new records a poll, as many events/s as there can be\n", floodRecords)
			fmt.Println(table(b.play(*rounds, *round, floodRecords)))
		}
		b.whole()
	}
	if wanted("latency") {
		b.latency()
	}
}

// bench is all that takes part.
type bench struct {
	t              *testing.T
	provider, sink *process
	urls           [2]string // theirs
	instances      int
	every          time.Duration
	server         *server
	players        []*player
	started        time.Duration // CPU that the server took to start and to make the instances
}

// player is one of those that are compared.
type player struct {
	*process
	group string
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, provider: start(t, "provider", ""), sink: start(t, "sink", ""), instances: watched, every: pollEvery}
	b.urls = [2]string{"http://" + b.provider.Line() + "/icp", "http://" + b.sink.Line()}
	return b
}

// wish is what the instances of a group are like.
func (b *bench) wish(group string) wish {
	return wish{b.urls[0], b.urls[1] + "/" + group, b.every, batch}
}

// open starts the players. Each stands still until it is its turn.
func (b *bench) open() {
	b.server, _ = serve(b.t, dataFolder(b.t))
	b.server.create(b.wish("server"), firstAccount("server"), b.instances)
	b.players = []*player{{b.server.process, "server"}}
	for _, group := range []string{"pipe", "control", "lean"} {
		settings, _ := json.Marshal(pipeSettings{b.urls[0], b.urls[1] + "/" + group, firstAccount(group), b.instances, b.every, batch, group == "lean"})
		b.players = append(b.players, &player{start(b.t, "pipe", string(settings)), group})
	}
	time.Sleep(b.every + time.Second) // everybody has polled once: what there is now is not told
	b.started = b.server.cpu()
	for _, p := range b.players {
		p.freeze()
	}
}

// play lets the players take turns. Who goes first changes, so that none always follows the same one.
func (b *bench) play(rounds int, d time.Duration, records int) map[string][]result {
	all := map[string][]result{}
	for i := range rounds {
		for j := range b.players {
			p := b.players[(i+j)%len(b.players)]
			all[p.group] = append(all[p.group], b.turn(p, d, records))
		}
	}
	return all
}

// turn is one player's: it has so many new records at each poll for a time, and then until all of them have arrived.
func (b *bench) turn(p *player, d time.Duration, records int) result {
	b.t.Helper()
	before, seen := b.shown(p.group, nil), b.told(p.group, true)
	p.thaw()
	began, cpu := time.Now(), p.cpu()
	weighed := p.weigh()
	b.shown(p.group, &records)
	time.Sleep(d)
	none := 0
	b.shown(p.group, &none)
	after, arrived := b.shown(p.group, nil), b.arrived(p.group)
	r := result{
		took: time.Since(began), cpu: p.cpu() - cpu, events: arrived.Events - seen.Events, requests: arrived.Requests - seen.Requests,
		polls: after.Polls - before.Polls,
	}
	last := b.told(p.group, true)
	r.p50, r.p99 = last.P50, last.P99
	r.weight = weighed()
	p.freeze()
	return r
}

// arrived waits until all that the provider has shown to a group was told to it.
func (b *bench) arrived(group string) told {
	b.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		want, got := b.shown(group, nil), b.told(group, false)
		if want.Records == got.Events && want.Sum == got.Sum {
			return got
		}
		if got.Events > want.Records || time.Now().After(deadline) {
			b.t.Errorf("%s: the provider has shown %d records (ids in all %d), told were %d (%d)", group, want.Records, want.Sum, got.Events, got.Sum)
			return got
		}
	}
}

func (b *bench) shown(group string, records *int) (s shown) {
	b.provider.Ask(order{Group: group, Records: records}, &s)
	return s
}

func (b *bench) told(group string, reset bool) (t told) {
	b.sink.Ask(order{Group: group, Reset: reset}, &t)
	return t
}

// idle tells what a server without instances needs: as it starts, and half a minute later, when it has let go of what only its start needed.
func (b *bench) idle() {
	s, took := serve(b.t, dataFolder(b.t))
	time.Sleep(5 * time.Second)
	started, _ := s.memory()
	cpu := s.cpu()
	time.Sleep(25 * time.Second)
	all, anonymous := s.memory()
	fmt.Printf("idle, with both adapters: ready after %d ms, RSS %.1f MB after 5 s and %.1f MB after 30 s (without pages of files %.1f), CPU %.2f %%\n\n", took.Milliseconds(),
		mega(started), mega(all), mega(anonymous), (s.cpu()-cpu).Seconds()*4)
	s.stop()
}

// latency has few events, each of a poll of its own.
func (b *bench) latency() {
	s, _ := serve(b.t, dataFolder(b.t))
	defer s.stop()
	const every, n = time.Second, 100
	first := firstAccount("server") + accounts/2
	w := b.wish("server")
	w.every = every
	s.create(w, first, n)
	time.Sleep(2 * every)
	fmt.Printf("100 events/s: %d instances polled every %v, one new record each\n", n, every)
	for range 3 {
		r := b.turn(&player{s.process, "server"}, *round, 1)
		s.thaw()
		fmt.Printf("from the provider's answer to the callback: p50 %.1f ms, p99 %.1f ms; CPU %.2f ms/event, %.0f events/s, RSS %.0f MB\n",
			milli(r.p50), milli(r.p99), milli(r.cpu)/float64(max(r.events, 1)), float64(r.events)/r.took.Seconds(), mega(r.rss))
	}
	fmt.Println()
}

// whole tells the server's CPU to its end, with what the store does after the last event.
func (b *bench) whole() {
	events := b.told("server", false).Events
	b.server.stop()
	fmt.Printf("the server's CPU from the first event until it has ended: %.1f µs/event of %d\n",
		float64((b.server.used-b.started).Microseconds())/float64(events), events)
}

func mega(bytes int64) float64      { return float64(bytes) / 1e6 }
func milli(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }
