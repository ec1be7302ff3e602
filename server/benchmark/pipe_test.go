package benchmark

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"github.com/pollwright/pollwright/engine/change"
	"github.com/pollwright/pollwright/engine/deliver"
)

// pipeSettings are those of a pipe's process.
type pipeSettings struct {
	Provider, Sink string // URLs
	First, Number  int    // accounts
	Every          time.Duration
	Batch          int
	Lean           bool // reads JSON with gjson, without looking whether it is valid, in place of encoding/json
}

// pipe is the yardstick: it asks the provider what the iContact adapter asks, takes each record whose id it has not just had for a new one, and
// posts the same notifications, signed by Standard Webhooks. It knows one provider, remembers in memory, and what fails is lost.
type pipe struct {
	pipeSettings
	client  *http.Client
	eastern *time.Location
	key     []byte
}

// runPipe is a pipe's process. It ends with its standard input.
func runPipe(text string) {
	p := &pipe{key: []byte("a key of thirty-two random bytes")}
	var err error
	if err = json.Unmarshal([]byte(text), &p.pipeSettings); err == nil {
		p.eastern, err = time.LoadLocation("America/New_York")
	}
	if err != nil {
		panic(err)
	}
	p.client = &http.Client{Timeout: 15 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 2 * p.Number, WriteBufferSize: 16 << 10}}
	for i := range p.Number {
		go p.watch(p.First+i, p.Every*time.Duration(i)/time.Duration(p.Number))
	}
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// watch polls one account for ever.
func (p *pipe) watch(account int, phase time.Duration) {
	time.Sleep(phase)
	w := &watch{pipe: p, account: account, since: time.Now(), source: deliver.Source{
		InstanceID: int64(account), InstanceName: fmt.Sprint("Account ", account), ElementKey: "icontact", Hub: "marketing", Resource: "contacts",
		AccountID: 1, CompanyID: 1, UserID: 2, Batch: p.Batch,
	}}
	for range time.Tick(p.Every) {
		if err := w.poll(); err != nil {
			fmt.Fprintln(os.Stderr, "pipe:", err)
		}
	}
}

// watch is one account that is polled.
type watch struct {
	*pipe
	account int
	since   time.Time // of the newest record
	seen    map[string]bool
	source  deliver.Source
}

// poll reads all pages of what is dated from the newest known record's second on, and a second before, as the server does.
func (w *watch) poll() error {
	seen, newest := map[string]bool{}, w.since
	var changes []change.Change
	for offset := 0; ; {
		body, err := w.page(offset)
		if err != nil {
			return err
		}
		records, err := w.records(body)
		if err != nil {
			return err
		}
		for _, r := range records {
			if seen[r.id] = true; w.seen[r.id] {
				continue
			}
			created, err := time.ParseInLocation(time.DateTime, r.created, w.eastern)
			if err != nil {
				return err
			}
			if created.After(newest) {
				newest = created
			}
			changes = append(changes, change.Change{ObjectID: r.id, Kind: change.Created, Version: r.created, Date: created, Record: r.raw})
		}
		if offset += len(records); len(records) < pageLimit {
			break
		}
	}
	w.since, w.seen, w.source.PollDate = newest, seen, time.Now()
	for _, n := range deliver.Form(w.source, changes) {
		if err := w.post(n.ID, n.Payload); err != nil {
			return err
		}
	}
	return nil
}

const pageLimit = 500

func (w *watch) page(offset int) ([]byte, error) {
	since := w.since.Add(-time.Second).In(w.eastern).Truncate(time.Second).Format(time.RFC3339)
	q := url.Values{"status": {"total"}, "createDate": {since}, "createDateSearchType": {"gte"}, "orderby": {"contactId:asc"},
		"limit": {strconv.Itoa(pageLimit)}, "offset": {strconv.Itoa(offset)}}
	req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/a/%d/c/1/contacts?%s", w.Provider, w.account, q.Encode()), nil)
	if err != nil {
		return nil, err
	}
	for name, value := range map[string]string{"Accept": "application/json", "Content-Type": "application/json", "API-Version": "2.2", "API-AppId": "app",
		"API-Username": "user", "API-Password": "password"} {
		req.Header.Set(name, value)
	}
	return w.send(req)
}

func (w *watch) send(req *http.Request) ([]byte, error) {
	res, err := w.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	return io.ReadAll(res.Body)
}

// row is a contact as far as the pipe looks into it.
type row struct {
	id, created string
	raw         json.RawMessage
}

func (w *watch) records(body []byte) (rows []row, err error) {
	if w.Lean {
		gjson.GetBytes(body, "contacts").ForEach(func(_, v gjson.Result) bool {
			rows = append(rows, row{v.Get("contactId").Str, v.Get("createDate").Str, json.RawMessage(v.Raw)})
			return true
		})
		return rows, nil
	}
	var page struct{ Contacts []json.RawMessage }
	if err := json.Unmarshal(body, &page); err != nil {
		return nil, err
	}
	for _, raw := range page.Contacts {
		var c struct{ ContactID, CreateDate string }
		if err := json.Unmarshal(raw, &c); err != nil {
			return nil, err
		}
		rows = append(rows, row{c.ContactID, c.CreateDate, raw})
	}
	return rows, nil
}

func (w *watch) post(id string, body []byte) error {
	now := strconv.FormatInt(time.Now().Unix(), 10)
	mac := hmac.New(sha256.New, w.key)
	mac.Write([]byte(strings.Join([]string{id, now, ""}, ".")))
	mac.Write(body)
	req, err := http.NewRequest(http.MethodPost, w.Sink, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", now)
	req.Header.Set("webhook-signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	_, err = w.send(req)
	return err
}
