package benchmark

import (
	"context"
	"math"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/pollwright/pollwright/engine/deliver"
	"github.com/pollwright/pollwright/engine/egress"
	"github.com/pollwright/pollwright/engine/store"
)

// send is the sender: polls are committed for a time, at a rate or (0) as fast as the backlog allows; then what waits is delivered.
func (b *bench) send(d time.Duration, rate int) result {
	m := b.begin()
	stored := b.open()
	b.deliver(stored, m, time.Now().Add(d), rate)
	m.pause()
	b.close(stored)
	return m.end()
}

// deliver returns when all that was committed until the end is delivered and acknowledged.
func (b *bench) deliver(stored store.Store, m *measure, end time.Time, rate int) {
	b.t.Helper()
	client, err := egress.New(egress.Config{AllowPrivate: true})
	if err != nil {
		b.t.Fatal(err)
	}
	defer client.Close()
	room := newRoom(backlog)
	sender, err := deliver.New(deliver.Config{
		Store: stored, Poster: poster{client}, HostWorkers: inFlight, History: b.history,
		Targets: targets{URL: b.sink.url, WebhookSecrets: []deliver.Secret{b.secret}, Enabled: true},
		OnAttempt: func(a deliver.Attempt) {
			if !a.Delivered() {
				b.t.Errorf("status %d, %v", a.Status, a.Err)
				return
			}
			m.events.Add(int64(a.Events))
			room.leave(a.Events)
		},
	})
	if err != nil {
		b.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- sender.Run(ctx) }()
	var all sync.WaitGroup
	for c := range committers {
		all.Go(func() {
			pace := newPace(rate, c)
			for i := c; pace.wait(end); i = (i + committers) % instances {
				if err := b.pollers[i].poll(stored, sender, room); err != nil {
					b.t.Errorf("poll: %v", err)
					return
				}
			}
		})
	}
	// A run that stands still ends with what is known of it, instead of with the test's deadline.
	stuck := time.AfterFunc(time.Until(end)+30*time.Second, func() {
		b.t.Errorf("what was committed is not delivered 30 s after the end: %d events wait, sender: %+v", room.open(), sender.Stats())
	})
	defer stuck.Stop()
	all.Wait()
	room.empty()
	cancel()
	if err := <-ended; err != nil {
		b.t.Error(err)
	}
}

// poll commits what one poll found, as package poll does: the checkpoint and the notifications, all or nothing.
func (p *poller) poll(stored store.Store, sender *deliver.Sender, r *room) error {
	r.enter(changesPerPoll)
	name := "checkpoint/" + strconv.FormatInt(p.src.InstanceID, 10) + "/" + p.src.Resource
	key := store.Key{Partition: store.PartitionOf(strconv.FormatInt(p.src.InstanceID, 10)), Name: name}
	c := store.Change{
		Puts: []store.Put{{Key: key, Expect: store.Version(p.version), Value: checkpoint()}},
		Emit: deliver.Form(p.src, p.changes()),
	}
	out, err := store.One(stored.Commit(context.Background(), c))
	if err != nil {
		r.leave(changesPerPoll)
		return err
	}
	p.version++
	sender.Take(c.Emit, out.Seqs)
	return nil
}

// targets answers from memory, the same for every instance.
type targets deliver.Target

func (t targets) Target(context.Context, string) (deliver.Target, error) {
	return deliver.Target(t), nil
}

// poster is the engine's.
type poster struct{ client *egress.Client }

func (p poster) Post(ctx context.Context, url string, header http.Header, body []byte) (deliver.Answer, error) {
	res, err := p.client.Post(ctx, egress.Callback{URL: url, Header: header, Body: body})
	if err != nil {
		return deliver.Answer{}, err
	}
	return deliver.Answer{Status: res.Status, Header: res.Header, Body: res.Body, Cut: res.Cut}, nil
}

// room bounds how many events wait.
type room struct {
	mu      sync.Mutex
	changed *sync.Cond
	waiting int
	limit   int
}

func newRoom(limit int) *room {
	r := &room{limit: limit}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *room) enter(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.waiting+n > r.limit {
		r.changed.Wait()
	}
	r.waiting += n
}

func (r *room) leave(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waiting -= n
	if r.waiting+changesPerPoll <= r.limit {
		r.changed.Broadcast()
	}
}

// open lets everybody go on, and tells how many events wait.
func (r *room) open() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	waiting := r.waiting
	r.waiting, r.limit = 0, math.MaxInt
	r.changed.Broadcast()
	return waiting
}

func (r *room) empty() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.waiting > 0 && r.limit < math.MaxInt {
		r.changed.Wait()
	}
}

// pace spaces the polls of one committer.
type pace struct {
	every time.Duration // 0 = as fast as it goes
	next  time.Time
}

// newPace is that of one of the committers. They take turns, so that the load is even.
func newPace(rate, committer int) *pace {
	if rate <= 0 {
		return &pace{}
	}
	turn := time.Second * changesPerPoll / time.Duration(rate)
	return &pace{every: turn * committers, next: time.Now().Add(turn * time.Duration(committer))}
}

// wait returns when the next poll is due; false if that is not before the end.
func (p *pace) wait(end time.Time) bool {
	if p.every > 0 {
		time.Sleep(min(time.Until(p.next), time.Until(end)))
		p.next = p.next.Add(p.every)
	}
	return time.Now().Before(end)
}
