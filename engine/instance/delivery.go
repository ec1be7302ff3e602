package instance

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Words of event.notification.format and event.notification.order. The first of each is the default.
const (
	FormatElements    = "elements"
	FormatCloudEvents = "cloudevents"
	FormatStandard    = "standard"
	OrderObject       = "object"
	OrderStrict       = "strict"
	OrderNone         = "none"
)

// Bounds and defaults of how notifications are cut and sent.
const (
	maxBatch         = 100
	maxElementsBatch = 10 // as on the platform
	DefaultLanes     = 4
	maxLanes         = 64
	minRate, maxRate = 1.0 / (24 * 60 * 60), 1e6 // notifications per second: one a day is the slowest
)

// Delivery is how an instance wants to be told. The zero value of each field is its default, so that instances which were stored before
// there was such a field have it.
type Delivery struct {
	Format   string          `json:"format,omitempty"`   // "" = elements
	Batch    int             `json:"batch,omitempty"`    // events in a notification; 0 = what is usual for the format
	Order    string          `json:"order,omitempty"`    // "" = object
	Lanes    int             `json:"lanes,omitempty"`    // notifications on their way at once; 0 = DefaultLanes
	RetryAs  string          `json:"retryAs,omitempty"`  // RetryElements: as the platform; "" = see Retries
	Retries  []time.Duration `json:"retries,omitzero"`   // waits; nil = the standard ones, empty = none
	Rate     float64         `json:"rate,omitempty"`     // notifications per second; 0 = no limit
	Username string          `json:"username,omitempty"` // for basic authentication; "" = none
}

// shown are the settings that a view of the configuration has even if nobody gave them.
func (d Delivery) shown() map[string]string {
	format, batch := d.Format, d.Batch
	if format == "" {
		format = FormatElements
	}
	if batch == 0 {
		batch = usualBatch(format)
	}
	order, lanes := d.Order, d.Lanes
	if order == "" {
		order = OrderObject
	}
	if lanes == 0 {
		lanes = DefaultLanes
	}
	if order == OrderStrict {
		lanes = 1
	}
	return map[string]string{
		KeyFormat: format, KeyBatch: strconv.Itoa(batch), KeyOrder: order, KeyLanes: strconv.Itoa(lanes), KeyRetries: retryStandard,
	}
}

func usualBatch(format string) int {
	if format == FormatElements {
		return maxElementsBatch
	}
	return 1
}

// delivery reads how to tell.
func (m *maker) delivery() {
	d := &m.made.Instance.Events.Delivery
	d.Format = m.word(KeyFormat, FormatElements, FormatCloudEvents, FormatStandard)
	d.Order = m.word(KeyOrder, OrderObject, OrderStrict, OrderNone)
	most, path := maxBatch, inConfiguration(KeyBatch)
	if d.Format == FormatElements || blank(m.raw(KeyFormat)) {
		most = maxElementsBatch
	}
	if d.Batch = m.count(path, m.raw(KeyBatch), maxBatch); d.Batch > most {
		m.fault(path, "should be at most %d with the format %q, is %d; the formats %q and %q take up to %d",
			most, FormatElements, d.Batch, FormatCloudEvents, FormatStandard, maxBatch)
	}
	m.keepNumber(KeyBatch, d.Batch)
	if d.Lanes = m.count(inConfiguration(KeyLanes), m.raw(KeyLanes), maxLanes); d.Lanes > 1 && d.Order == OrderStrict {
		m.warn(inConfiguration(KeyLanes), "has no effect: the order %q has one lane", OrderStrict)
		d.Lanes = 1
	}
	m.keepNumber(KeyLanes, d.Lanes)
	m.rate(d)
	m.retries(d)
}

// word reads one of some words, in any case. The answer is "" if none is given, or no good one.
func (m *maker) word(key string, words ...string) string {
	text := strings.ToLower(m.config(key))
	if text == "" {
		return ""
	}
	if !slices.Contains(words, text) {
		m.fault(inConfiguration(key), "should be %s, is %s", either(words), quote(text))
		return ""
	}
	m.keep(key, text, false)
	return text
}

func either(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = strconv.Quote(word)
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

func (m *maker) keepNumber(key string, n int) {
	if n > 0 {
		m.keep(key, strconv.Itoa(n), false)
	}
}

func (m *maker) rate(d *Delivery) {
	text := m.config(KeyRate)
	if text == "" {
		return
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n >= minRate && n <= maxRate) {
		m.fault(inConfiguration(KeyRate), "should be how many notifications a second may be sent, from 0.0000116 (one a day) to %d, is %s", int(maxRate), quote(text))
		return
	}
	d.Rate = n
	m.keep(KeyRate, text, false)
}

// blank reports whether a value says nothing: null, or a text of blanks.
func blank(raw json.RawMessage) bool { return isNull(raw) || blankText(raw) }
