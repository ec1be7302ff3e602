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
	left, err := stored.Backlogs(context.Background())
	if err != nil || len(left) > 0 {
		b.t.Errorf("left over: %v, %v", left, err)
	}
	if err := stored.Close(); err != nil {
		b.t.Error(err)
	}
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
		Store: stored, Poster: poster{client}, Workers: workers,
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
			pace := newPace(rate, committers)
			for i := c; time.Now().Before(end); i = (i + committers) % instances {
				if err := b.pollers[i].poll(stored, sender, room); err != nil {
					b.t.Errorf("poll: %v", err)
					return
				}
				pace.wait(changesPerPoll)
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
	perEvent time.Duration
	next     time.Time
}

func newPace(rate, committers int) *pace {
	if rate <= 0 {
		return &pace{}
	}
	return &pace{perEvent: time.Second * time.Duration(committers) / time.Duration(rate), next: time.Now()}
}

func (p *pace) wait(events int) {
	if p.perEvent > 0 {
		p.next = p.next.Add(p.perEvent * time.Duration(events))
		time.Sleep(time.Until(p.next))
	}
}
