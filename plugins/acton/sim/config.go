package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Config configures a Sim. The zero value of a field is its documented default.
type Config struct {
	ClientID     string // default "sim-client"
	ClientSecret string // default "sim-secret"
	Username     string // default "owner@example.com"
	Password     string // default "sim-password"
	// Clients and Users are further clients and users, with their secrets and passwords.
	Clients map[string]string
	Users   map[string]string
	// Redirects are the addresses that users may be sent back to, exactly as registered; none allows every http and https address.
	Redirects []string
	// Lists are the contact lists; none is one list l-0001.
	Lists []List
	// Zone is the account's time zone; nil is America/Los_Angeles.
	Zone *time.Location
	// Now is the base of the provider's clock; nil is time.Now.
	Now func() time.Time
	// Seed makes tokens, shuffles and the control API's steps repeatable.
	Seed uint64
	// LogSize is how many requests are remembered; 0 is 10,000.
	LogSize int
	// Options are the switches at the start.
	Options Options
}

func (c Config) withDefaults() Config {
	c.ClientID = cmp.Or(c.ClientID, "sim-client")
	c.ClientSecret = cmp.Or(c.ClientSecret, "sim-secret")
	c.Username = cmp.Or(c.Username, "owner@example.com")
	c.Password = cmp.Or(c.Password, "sim-password")
	c.Clients = with(c.Clients, c.ClientID, c.ClientSecret)
	c.Users = with(c.Users, c.Username, c.Password)
	if len(c.Lists) == 0 {
		c.Lists = []List{{ID: "l-0001", Name: "Sample List"}}
	}
	return c
}

func with(m map[string]string, key, value string) map[string]string {
	out := map[string]string{key: value}
	maps.Copy(out, m)
	return out
}

// The values of the switches that are texts.
const (
	OrderNewest   = "newest"   // latest modified first
	OrderShuffled = "shuffled" // another order for each request

	DateNumber = "number" // 1780531200000
	DateText   = "text"   // "Jun 3 2026 17:00 America/Los_Angeles"

	TokenScopeDefault = "default" // 2019 to 2023: scope "default"
	TokenPre2019      = "pre2019" // tokens of 32 hex digits, token_type "bearer", no scope
)

// Options are switches that may change while the simulator runs. The zero value of each is the behaviour that
// the facts make most likely.
type Options struct {
	// Legacy shows the error envelopes of the gateway before 2023.
	Legacy bool `json:"legacy"`
	// AccessLife is how long an access token lives; 0 is an hour. It counts for tokens issued from now on.
	AccessLife simkit.Duration `json:"accessLife"`
	// RefreshLife is how long a refresh token lives; 0 is 30 days.
	RefreshLife simkit.Duration `json:"refreshLife"`
	// TokenStyle is "" (today's answer), TokenScopeDefault or TokenPre2019.
	TokenStyle string `json:"tokenStyle"`
	// ConsentPage lets GET /authorize show a page in place of redirecting at once.
	ConsentPage bool `json:"consentPage"`
	// PerSecond, PerDay and AuthPerHour are the limits; 0 is 5, 30,000 and 5, negative is none.
	PerSecond   int `json:"perSecond"`
	PerDay      int `json:"perDay"`
	AuthPerHour int `json:"authPerHour"`
	// SlidingWindow counts calls in any second and not per second of the clock.
	SlidingWindow bool `json:"slidingWindow"`
	// RetryAfter sends a Retry-After header with a 429.
	RetryAfter bool `json:"retryAfter"`
	// PlainDateHeaders names the date columns created_date and modified_date.
	PlainDateHeaders bool `json:"plainDateHeaders"`
	// DateCells is "" (a string of milliseconds), DateNumber or DateText.
	DateCells string `json:"dateCells"`
	// AfterInclusive and BeforeInclusive let a row dated exactly as the filter pass.
	AfterInclusive  bool `json:"afterInclusive"`
	BeforeInclusive bool `json:"beforeInclusive"`
	// UnfilteredTotal lets totalCount count all rows of the list.
	UnfilteredTotal bool `json:"unfilteredTotal"`
	// Order is "" (by row id), OrderNewest or OrderShuffled.
	Order string `json:"order"`
	// DefaultCount is the number of rows without `count`; 0 is 1000 for a download and 100 for a listing.
	DefaultCount int `json:"defaultCount"`
	// IDlessList adds a row without id to the list of lists.
	IDlessList bool `json:"idlessList"`
	// Mix is what Step does.
	Mix Mix `json:"mix"`
	// Settle keeps Step from changing a record that was changed less than this ago, so that a poller that
	// looks at least that often can see every version. 0 is no such wait.
	Settle simkit.Duration `json:"settle"`
}

// Mix weighs the mutations of Step. All zero is {Create: 6, Update: 4}: deletes shift the rows of pages and must
// be asked for.
type Mix struct {
	Create int `json:"create"`
	Update int `json:"update"`
	Delete int `json:"delete"`
}

func (o Options) check() error {
	for _, c := range []struct {
		name, value string
		allowed     []string
	}{
		{"order", o.Order, []string{"", OrderNewest, OrderShuffled}},
		{"dateCells", o.DateCells, []string{"", DateNumber, DateText}},
		{"tokenStyle", o.TokenStyle, []string{"", TokenScopeDefault, TokenPre2019}},
	} {
		if !slices.Contains(c.allowed, c.value) {
			return fmt.Errorf("options: %s %q: want one of %q", c.name, c.value, c.allowed)
		}
	}
	if min(o.AccessLife, o.RefreshLife, o.Settle) < 0 || min(o.DefaultCount, o.Mix.Create, o.Mix.Update, o.Mix.Delete) < 0 {
		return fmt.Errorf("options: accessLife, refreshLife, settle, defaultCount and the weights of mix: want 0 or more")
	}
	return nil
}

// limit reads a limit of which 0 is the standard; ok is false when there is none.
func limit(value, standard int) (n int, ok bool) {
	return cmp.Or(value, standard), value >= 0
}
