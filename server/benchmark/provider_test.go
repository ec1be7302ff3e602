package benchmark

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // dates are iContact's
)

const (
	recordKinds = 512
	keepFor     = 5 * time.Minute // of what was shown: longer than any window looks back here
	accounts    = 1_000_000       // of one group
)

// groups are whose accounts the provider has, by the number that begins an account's: each has its own records.
var groups = []string{"server", "pipe", "control", "lean"}

func groupOf(account int) string { return groups[account/accounts] }

// firstAccount of a group.
func firstAccount(group string) int {
	for i, name := range groups {
		if name == group {
			return i * accounts
		}
	}
	panic(group)
}

// shown is what the provider has shown to a group: new records only, and the sum of their ids.
type shown struct {
	Polls, Records int64
	Sum            uint64
}

// provider speaks iContact's API as far as contacts go. Each poll of an account finds as many new contacts as was ordered; they are dated
// evenly over the time since the poll before, as contacts of a busy account are.
type provider struct {
	eastern *time.Location
	kinds   []string // what a contact has beside its id and date

	mu       sync.Mutex
	accounts map[int]*account
	records  map[string]int
	shown    map[string]shown
	next     uint64 // id
}

// account is the contacts of one account that may still be asked for, oldest first.
type account struct {
	mu       sync.Mutex
	contacts []contact
	last     time.Time // it was asked
}

type contact struct {
	created time.Time
	body    []byte
}

func serveProvider() {
	eastern, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err) // the zones are in the binary
	}
	p := &provider{eastern: eastern, kinds: contacts(), accounts: map[int]*account{}, records: map[string]int{}, shown: map[string]shown{}, next: 60_000_000}
	serveHTTP(p.answer, p.obey)
}

func (p *provider) obey(o order) any {
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.Records != nil {
		p.records[o.Group] = *o.Records
	}
	return p.shown[o.Group]
}

// answer is a page of contacts: /icp/a/{account}/c/{folder}/contacts?createDate=...&limit=...&offset=...
func (p *provider) answer(target string, _ []byte) reply {
	now := time.Now()
	path, query, _ := strings.Cut(target, "?")
	q, _ := url.ParseQuery(query)
	number, _ := strconv.Atoi(strings.Split(path, "/")[3])
	limit, _ := strconv.Atoi(q.Get("limit"))
	offset, _ := strconv.Atoi(q.Get("offset"))
	since, _ := time.Parse(time.RFC3339, q.Get("createDate")) // none: all

	a := p.account(number)
	a.mu.Lock()
	defer a.mu.Unlock()
	if offset == 0 {
		p.grow(a, groupOf(number), now)
	}
	from := len(a.contacts)
	for from > 0 && !a.contacts[from-1].created.Before(since) {
		from--
	}
	asked := a.contacts[from:]
	body := append(make([]byte, 0, 64<<10), `{"contacts":[`...)
	for i, c := range asked[min(offset, len(asked)):min(offset+limit, len(asked))] {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, c.body...)
	}
	return reply{"application/json", fmt.Appendf(body, `],"limit":%d,"offset":%d,"total":%d}`, limit, offset, len(asked))}
}

func (p *provider) account(number int) *account {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.accounts[number]
	if a == nil {
		a = &account{last: time.Now()}
		p.accounts[number] = a
	}
	return a
}

// grow has the new contacts of a poll come into being, and forgets the oldest.
func (p *provider) grow(a *account, group string, now time.Time) {
	p.mu.Lock()
	n, first, s := p.records[group], p.next, p.shown[group]
	p.next += uint64(n)
	s.Polls, s.Records = s.Polls+1, s.Records+int64(n)
	for i := range n {
		s.Sum += first + uint64(i)
	}
	p.shown[group] = s
	p.mu.Unlock()
	old := 0
	for old < len(a.contacts) && now.Sub(a.contacts[old].created) > keepFor {
		old++
	}
	a.contacts = a.contacts[old:]
	for i := range n {
		id, created := first+uint64(i), a.last.Add(now.Sub(a.last)*time.Duration(i+1)/time.Duration(n))
		body := fmt.Appendf(make([]byte, 0, 1100), `{"contactId":"%d","createDate":"%s","stamp":"%d",%s`, id, created.In(p.eastern).Format(time.DateTime), now.UnixNano(),
			p.kinds[id%recordKinds])
		a.contacts = append(a.contacts, contact{created.Truncate(time.Second), body})
	}
	a.last = now
}

var words = strings.Fields("spring sale customer prefers call after five renewal due contract signed demo booked invoice sent waiting answer " +
	"north region partner referral event booth newsletter opened unsubscribed trial started upgrade plan annual monthly discount asked manager")

// contacts are as iContact shows them, all values texts, with the custom fields of a busy account: 1 KB, that compress as such texts do.
func contacts() []string {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		some := make([]string, n)
		for i := range some {
			some[i] = words[random.IntN(len(words))]
		}
		return strings.Join(some, " ")
	}
	kinds := make([]string, recordKinds)
	for i := range kinds {
		first, last, company := text(1), text(1), text(2)
		kinds[i] = fmt.Sprintf(`"prefix":"","firstName":"%s","lastName":"%s","suffix":"","street":"%d %s Street","street2":"","city":"%s","state":"NC",`+
			`"postalCode":"%05d","phone":"919-%03d-%04d","fax":"","business":"%s Inc.","email":"%s.%s.%d@example.com","bounceCount":"0","status":"normal",`+
			`"customerNumber":"%d","lastOrder":"%x","source":"%s","owner":"%s","notes":"%s","interests":"%s","campaign":"%s"}`,
			first, last, random.IntN(9999), text(1), text(1), random.IntN(99999), random.IntN(999), random.IntN(9999), company, first, last, i,
			random.Uint64(), random.Uint64(), text(1), text(1), text(40), text(12), text(6))
	}
	return kinds
}
