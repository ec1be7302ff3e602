package sim

import (
	"fmt"
	"time"

	"github.com/pollwright/pollwright/plugins/simkit"
)

// Config configures a Sim. The zero value of a field is its documented default.
type Config struct {
	AppID    string // default "sim-app"
	Username string // default "sim-user"
	Password string // default "sim-password"
	// AccountID and FolderID are the ids that discovery finds; defaults "910001" and "82001".
	AccountID string
	FolderID  string
	// ListID is the one mailing list; default "205001".
	ListID string
	// Now is the base of the provider's clock; nil is time.Now.
	Now func() time.Time
	// Seed makes shuffles and the control API's steps repeatable.
	Seed uint64
	// LogSize is how many requests are remembered; 0 is 10,000.
	LogSize int
	// Options are the switches at the start.
	Options Options
}

func (c Config) withDefaults() Config {
	for _, f := range []struct {
		field    *string
		standard string
	}{
		{&c.AppID, "sim-app"}, {&c.Username, "sim-user"}, {&c.Password, "sim-password"},
		{&c.AccountID, "910001"}, {&c.FolderID, "82001"}, {&c.ListID, "205001"},
	} {
		if *f.field == "" {
			*f.field = f.standard
		}
	}
	return c
}

// Orders of a collection that was asked for without orderby.
const (
	OrderNewest   = "newest"   // greatest id first
	OrderShuffled = "shuffled" // another order for each request
)

// Options are switches that may change while the simulator runs. The zero value of each is the behaviour that
// the facts make most likely.
type Options struct {
	// JSONContentType sends application/json in place of the recorded text/html.
	JSONContentType bool `json:"jsonContentType"`
	// XMLErrors refuses in XML whatever the Accept header says.
	XMLErrors bool `json:"xmlErrors"`
	// EmptyStrings shows empty values of a list as "" in place of null.
	EmptyStrings bool `json:"emptyStrings"`
	// NumericIDs shows contactId as a number.
	NumericIDs bool `json:"numericIds"`
	// LimitCap is the greatest limit; 0 is 500, negative is none.
	LimitCap int `json:"limitCap"`
	// ShortPages is the greatest number of rows per page whatever limit is echoed; 0 is off.
	ShortPages int `json:"shortPages"`
	// Order is "" (by id), OrderNewest or OrderShuffled.
	Order string `json:"order"`
	// StaleTotal counts deleted contacts in `total`.
	StaleTotal bool `json:"staleTotal"`
	// AccountDisabled disables the account.
	AccountDisabled bool `json:"accountDisabled"`
	// IgnoreTerms are search terms that are treated as unknown.
	IgnoreTerms []string `json:"ignoreTerms"`
	// SearchMessageDates lets messages be searched by createDate.
	SearchMessageDates bool `json:"searchMessageDates"`
	// CompareInstants compares dates as instants and not as Eastern wall time.
	CompareInstants bool `json:"compareInstants"`
	// Mix is what Step does.
	Mix Mix `json:"mix"`
	// Settle keeps Step from changing a record that was changed less than this ago, so that a poller that
	// looks at least that often can see every state. 0 is no such wait.
	Settle simkit.Duration `json:"settle"`
}

// Mix weighs the mutations of Step. All zero is {CreateContact: 6, CreateMessage: 2, UpdateContact: 2}: deletes
// shift the rows of pages and must be asked for.
type Mix struct {
	CreateContact int `json:"createContact"`
	CreateMessage int `json:"createMessage"`
	UpdateContact int `json:"updateContact"`
	DeleteContact int `json:"deleteContact"`
}

func (o Options) check() error {
	switch o.Order {
	case "", OrderNewest, OrderShuffled:
	default:
		return fmt.Errorf("options: order %q: want \"\", %q or %q", o.Order, OrderNewest, OrderShuffled)
	}
	if o.ShortPages < 0 || o.Settle < 0 || min(o.Mix.CreateContact, o.Mix.CreateMessage, o.Mix.UpdateContact, o.Mix.DeleteContact) < 0 {
		return fmt.Errorf("options: shortPages, settle and the weights of mix: want 0 or more")
	}
	return nil
}
