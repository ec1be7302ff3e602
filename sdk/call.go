package sdk

// Operations of the entry point pollwright_call.
const (
	ABIVersion = 1
	OpDescribe = 1
	OpStep     = 2
)

// Call is one question of the host to the adapter: "what next?". The host loops: it asks, does what the Reply wants, and asks again.
// On the wire it is JSON behind a little-endian u32 length, followed by the raw body of Response.
type Call struct {
	Query Query `json:"query"`
	// Config holds the instance's configuration values that are not secret, defaults filled in.
	Config map[string]string `json:"config,omitempty"`
	// Memo is what the adapter last asked to remember for this instance (Page.Memo); empty at first and after the credentials changed.
	Memo Raw `json:"memo,omitempty"`
	// State is Fetch.State of the reply that led to Response; empty when Response is nil.
	State Raw `json:"state,omitempty"`
	// Response answers the previous Fetch; nil on the first step of a page.
	Response *Response `json:"response,omitempty"`
	// Now is the host's clock in Unix milliseconds: an adapter has no clock of its own.
	Now int64 `json:"now"`
	// Outline is for the host: Fetch.Outline of the reply that led to Response.
	Outline bool `json:"-"`
}

// Query says what the host wants to read. It stays the same over the steps of one page.
type Query struct {
	Resource string            `json:"resource"`       // Resource.Name of the manifest
	Vars     map[string]string `json:"vars,omitempty"` // path variables: {"listId":"l-0001"}
	// Where is the hub URL's where clause when it is a plain list of conditions joined by AND; Filter is its text otherwise.
	Where  []Condition `json:"where,omitempty"`
	Filter string      `json:"filter,omitempty"`
	// Params are the hub URL's other query parameters, unparsed.
	Params map[string]string `json:"params,omitempty"`
	// OrderBy asks for the records in an order; only fields that Resource.OrderBy names.
	OrderBy []Order `json:"orderBy,omitempty"`
	// Since, if set, allows the adapter to leave out records whose Field is dated before it. It is a permission, not a duty.
	Since *Since `json:"since,omitempty"`
	// Page is the Page.Next of the page before; empty for the first page.
	Page string `json:"page,omitempty"`
	// PageSize is how many records the host would like; 0 = the adapter's choice.
	PageSize int `json:"pageSize,omitempty"`
}

// Condition is one comparison of a where clause: modafter='1780531200000'.
type Condition struct {
	Name  string `json:"name"`
	Op    string `json:"op"` // = != < > <= >= LIKE
	Value string `json:"value"`
}

// Order is one field to sort by.
type Order struct {
	Field      string `json:"field"`
	Descending bool   `json:"descending,omitempty"`
}

// Since is a lower bound, inclusive, for the date in Field.
type Since struct {
	Field string `json:"field"`
	Time  int64  `json:"time"` // Unix milliseconds
}

// Response is a provider's answer. Its body is not parsed by the host.
type Response struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"` // lower-case names; several values joined by ", "
	Body    []byte            `json:"-"`
	// Elided lists the arrays of Body that the host has shortened, because the manifest or the request wants an outline.
	Elided []Elided `json:"elided,omitempty"`
}

// Reply is the adapter's answer to a Call: exactly one of its fields is set.
type Reply struct {
	Fetch *Fetch `json:"fetch,omitempty"`
	Page  *Page  `json:"page,omitempty"`
	Fault *Fault `json:"fault,omitempty"`
}

// Fetch asks the host to send one request. The host adds the credentials.
type Fetch struct {
	Method  string            `json:"method,omitempty"` // default GET
	Base    string            `json:"base,omitempty"`   // one of Manifest.BaseURLs; default the first
	Path    string            `json:"path"`             // appended to the base URL, percent-encoded: "/a/1/c/2/contacts"
	Query   []Param           `json:"query,omitempty"`  // encoded by the host, in this order
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	State   Raw               `json:"state,omitempty"` // given back as Call.State
	// Outline: of the answer to this request an outline is enough, as if the manifest's Body were BodyOutline.
	Outline bool `json:"outline,omitempty"`
}

// Param is one query parameter.
type Param struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Page is one page of records.
type Page struct {
	Records Records `json:"records"`
	// Next, if not empty, asks to be called again with Query.Page = Next.
	Next string `json:"next,omitempty"`
	// Overlap is how many leading records of the next page repeat the last ones of this page (offset paging over moving data: the host
	// compares them and reads again when rows have shifted). 0 or 1.
	Overlap int `json:"overlap,omitempty"`
	// Total is the provider's count of the whole result, a hint only; nil if it tells none.
	Total *int64 `json:"total,omitempty"`
	// Memo, if set, replaces what is remembered for the instance (ids found by discovery, never secrets).
	Memo Raw `json:"memo,omitempty"`
	// Warnings for the poll's outcome, for people: an ignored filter, a value out of range.
	Warnings []string `json:"warnings,omitempty"`
}

// Records tells where the records of a page are: exactly one field is set. With Select and Table the host cuts the records out of the
// response body itself, bytes unchanged, so that the adapter need not parse them.
type Records struct {
	Inline []Raw   `json:"inline,omitempty"` // JSON objects built by the adapter; an empty page is an empty list in Select or nothing here
	Select *Select `json:"select,omitempty"`
	Table  *Table  `json:"table,omitempty"`
}

// Select is a JSON Pointer (RFC 6901) to an array of objects in the body; "" is the body itself.
type Select struct {
	At string `json:"at"`
}

// Table points to an array of column names and an array of rows; each record is an object made of the two. A column name in Rename is
// given its new name.
type Table struct {
	Columns string            `json:"columns"`
	Rows    string            `json:"rows"`
	Rename  map[string]string `json:"rename,omitempty"`
}

// Kinds of Fault: what the host does about it.
const (
	FaultAuth        = "auth"         // credentials refused: OAuth2 is refreshed once, then polling stops after some tries
	FaultNotFound    = "not_found"    // the resource does not exist: a configuration error
	FaultRateLimited = "rate_limited" // wait RetryAfter
	FaultInvalid     = "invalid"      // the provider refuses the request, or the answer makes no sense
	FaultTransient   = "transient"    // try again later
)

// Fault ends a scan without a page.
type Fault struct {
	Kind       string `json:"kind"`
	Message    string `json:"message"`              // for people; the provider's own words where it has some
	RetryAfter int64  `json:"retryAfter,omitempty"` // seconds, 0 = unknown
}
