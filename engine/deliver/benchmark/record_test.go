package benchmark

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
)

const (
	instances      = 64
	lanes          = 4
	changesPerPoll = 200
	objects        = 4096 // of an instance; each is changed again and again
)

var words = strings.Fields("spring sale customer prefers call after five renewal due contract signed demo booked invoice sent waiting answer " +
	"north region partner referral event booth newsletter opened unsubscribed trial started upgrade plan annual monthly discount asked manager")

// contacts are records as iContact shows them, all values texts, with the custom fields of a busy account: 1 KB, that compress as such texts do.
func contacts() []json.RawMessage {
	random := rand.New(rand.NewPCG(1, 2))
	text := func(n int) string {
		some := make([]string, n)
		for i := range some {
			some[i] = words[random.IntN(len(words))]
		}
		return strings.Join(some, " ")
	}
	name := func() string {
		b := make([]byte, 5+random.IntN(5))
		for i := range b {
			b[i] = 'a' + byte(random.IntN(26))
		}
		return string(b)
	}
	records := make([]json.RawMessage, objects)
	for i := range records {
		first, last, company := name(), name(), name()
		records[i] = fmt.Appendf(nil, `{"contactId":"%d","prefix":"","firstName":"%s","lastName":"%s","suffix":"","street":"%d %s Street","street2":"",`+
			`"city":"%s","state":"NC","postalCode":"%05d","phone":"919-%03d-%04d","fax":"","business":"%s Inc.","email":"%s.%s@%s.example",`+
			`"createDate":"2026-%02d-%02d %02d:46:52","bounceCount":"0","status":"normal","customerNumber":"%d","lastOrder":"%x","source":"%s","owner":"%s",`+
			`"notes":"%s","interests":"%s","campaign":"%s"}`,
			60000000+i, first, last, random.IntN(9999), name(), name(), random.IntN(99999), random.IntN(999), random.IntN(9999), company, first, last, company,
			1+random.IntN(12), 1+random.IntN(28), random.IntN(24), random.Uint64(), random.Uint64(), name(), name(), text(40), text(12), text(6))
	}
	return records
}

// poller makes what one instance's polls find.
type poller struct {
	src     deliver.Source
	records []json.RawMessage
	told    int
	version int // of its checkpoint
}

func newPoller(i, batch int, records []json.RawMessage) *poller {
	return &poller{records: records, src: deliver.Source{
		InstanceID: int64(1000 + i), InstanceName: fmt.Sprint("Shop ", i), Tags: []string{"production"}, ElementKey: "icontact", Hub: "general",
		Resource: "contacts", AccountID: 1, CompanyID: 2, UserID: 3, Batch: batch, Lanes: lanes,
	}}
}

// changes are those of the next poll.
func (p *poller) changes() []change.Change {
	now := time.Now()
	p.src.PollDate = now
	found := make([]change.Change, changesPerPoll)
	for i := range found {
		object := p.told % objects
		found[i] = change.Change{
			ObjectID: strconv.Itoa(60000000 + object), Kind: change.Updated, Version: strconv.Itoa(p.told), Date: now, Record: p.records[object],
		}
		p.told++
	}
	return found
}

// checkpoint has the size of one, and no more regularity than hashes have.
func checkpoint() []byte {
	b := make([]byte, 0, 320)
	for len(b) < 300 {
		b = strconv.AppendUint(b, rand.Uint64(), 36)
	}
	return b
}
