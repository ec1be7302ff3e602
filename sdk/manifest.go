package sdk

// Manifest is what an adapter says of itself when it is asked to describe: who it speaks for, what a user must configure, how the host
// authenticates its requests and which resources it can read. It is data, never code: the host checks it once, when the adapter is installed.
type Manifest struct {
	Key         string      `json:"key"`  // element key, lower-case letters, digits, dots and dashes: "icontact"
	Name        string      `json:"name"` // for people: "iContact"
	Hub         string      `json:"hub"`  // the platform's grouping, shown only: "marketing"
	Version     string      `json:"version"`
	ID          int64       `json:"id,omitempty"` // numeric element id where the platform had one
	Description string      `json:"description,omitempty"`
	Config      []Parameter `json:"config,omitempty"`
	Auth        Auth        `json:"auth"`
	// BaseURLs are the only places the host will send this adapter's requests to. The first is the default and is what the instance
	// configuration key base.url replaces; the others may be named by Fetch.Base.
	BaseURLs  []string   `json:"baseUrls"`
	RateLimit []Rate     `json:"rateLimit,omitempty"` // per credential; all of them hold at once
	Resources []Resource `json:"resources"`
	// Methods are the HTTP methods of its requests beside GET: HEAD, and POST where a provider wants it for reading.
	Methods []string `json:"methods,omitempty"`
	// Body is what the adapter gets of an answer: BodyWhole, or BodyOutline, which costs less where there are many records in it.
	Body string `json:"body,omitempty"`
	// Call says how little a call needs; nil leaves it to the host.
	Call *CallLimits `json:"call,omitempty"`
}

// RequestMethods are all HTTP methods that the adapter's requests may have.
func (m Manifest) RequestMethods() []string { return append([]string{"GET"}, m.Methods...) }

// CallLimits end a call earlier than the host would. They never give it more. 0 = the host's.
type CallLimits struct {
	Fuel         int64 `json:"fuel,omitempty"` // units of the host's meter: a turn of a loop or more
	Milliseconds int64 `json:"milliseconds,omitempty"`
}

// Parameter is one configuration key of an instance of this element.
type Parameter struct {
	Key         string `json:"key"`   // as in the POST body: "api.username"
	Label       string `json:"label"` // for people: "API-Username"
	Description string `json:"description,omitempty"`
	Type        string `json:"type"` // "string", "integer", "boolean"
	Required    bool   `json:"required,omitempty"`
	Default     string `json:"default,omitempty"`
	// Secret values are sealed at rest, masked in answers, and never handed to the adapter.
	Secret bool `json:"secret,omitempty"`
	// Account: with another value it is another account of the provider, and what was seen of the former one says nothing of its records.
	Account bool `json:"account,omitempty"`
	// Masked values are shown as ******** although the adapter may see them.
	Masked bool `json:"masked,omitempty"`
}

// Kinds of Auth.
const (
	AuthNone    = "none"
	AuthHeaders = "headers"
	AuthBasic   = "basic"
	AuthOAuth2  = "oauth2"
)

// Auth tells the host how to authenticate a request. The adapter never sees the values: templates such as "{api.password}" name
// configuration keys and are filled in by the host after the adapter has returned.
type Auth struct {
	Type     string            `json:"type"`
	Headers  map[string]string `json:"headers,omitempty"`  // AuthHeaders: header name -> template
	Username string            `json:"username,omitempty"` // AuthBasic: template
	Password string            `json:"password,omitempty"` // AuthBasic: template
	OAuth2   *OAuth2           `json:"oauth2,omitempty"`   // AuthOAuth2
}

// OAuth2 describes the provider's authorization-code flow (RFC 6749). URLs that begin with "/" are relative to the host part of the
// instance's base URL, so that an instance pointed at another host with base.url also authenticates there.
type OAuth2 struct {
	AuthorizeURL string `json:"authorizeUrl"`
	TokenURL     string `json:"tokenUrl"`
	Scope        string `json:"scope,omitempty"`
	AuthStyle    string `json:"authStyle,omitempty"` // "params" (client id and secret in the form body, default) or "header" (HTTP basic)
	ClientID     string `json:"clientId"`            // templates: "{oauth.api.key}"
	ClientSecret string `json:"clientSecret"`
	RedirectURL  string `json:"redirectUrl,omitempty"`
	// PKCE: the provider takes a code challenge (RFC 7636, method S256).
	PKCE bool `json:"pkce,omitempty"`
	// Lifetimes in seconds that hold when the provider's answer names none; 0 = unknown.
	AccessTokenLife  int64 `json:"accessTokenLife,omitempty"`
	RefreshTokenLife int64 `json:"refreshTokenLife,omitempty"`
	// RotatesRefreshToken: each refresh answers with a new refresh token and kills the old one.
	RotatesRefreshToken bool `json:"rotatesRefreshToken,omitempty"`
}

// Rate allows Requests in each window of PerSeconds.
type Rate struct {
	Requests   int `json:"requests"`
	PerSeconds int `json:"perSeconds"`
}

// Resource is a collection that can be read through the adapter.
type Resource struct {
	Name        string `json:"name"` // "contacts"; what Query.Resource says
	Path        string `json:"path"` // hub path without the hub: "/lists/{listId}/contacts"
	Description string `json:"description,omitempty"`
	// Default resources are polled when an instance enables events and configures none.
	Default bool `json:"default,omitempty"`
	// Poll is the resource's usual entry in event.poller.configuration; nil if it cannot be polled.
	Poll *Poll `json:"poll,omitempty"`
	// Since names the record fields by whose date the adapter can ask the provider to filter ("records dated at or after Query.Since").
	Since []string `json:"since,omitempty"`
	// NewestFirst promises that records come in falling order of the updated date, so that a scan may end at the first older record.
	NewestFirst bool `json:"newestFirst,omitempty"`
	// Where lists the conditions of a hub URL's where clause that the adapter can hand on to the provider. What it cannot, the host judges
	// by the records.
	Where []Filter `json:"where,omitempty"`
	// OrderBy names the record fields by which the provider can be asked to sort (Query.OrderBy).
	OrderBy []string `json:"orderBy,omitempty"`
	// Single resources hold one record and not a list, such as "/messages/{messageId}/statistics".
	Single bool `json:"single,omitempty"`
}

// Filter is a condition that an adapter hands on to its provider: a name with one of some operators.
type Filter struct {
	Name string   `json:"name"`
	Ops  []string `json:"ops"` // of = != < > <= >= LIKE
	// Parameter: the name is the provider's and no field of the records, so that the host cannot judge the condition: "modafter".
	Parameter bool `json:"parameter,omitempty"`
	// Coarse: the provider may give more than what meets the condition, never less, so that the host judges again: a comparison that takes
	// no account of case.
	Coarse bool `json:"coarse,omitempty"`
}

// Poll holds a resource's default poll configuration; names are those of event.poller.configuration.
type Poll struct {
	URL                 string `json:"url"` // "/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'"
	IDField             string `json:"idField"`
	UpdatedDateField    string `json:"updatedDateField,omitempty"`
	UpdatedDateFormat   string `json:"updatedDateFormat,omitempty"` // java.text.SimpleDateFormat, or "milliseconds"
	UpdatedDateTimezone string `json:"updatedDateTimezone,omitempty"`
	CreatedDateField    string `json:"createdDateField,omitempty"`
	CreatedDateFormat   string `json:"createdDateFormat,omitempty"`
	CreatedDateTimezone string `json:"createdDateTimezone,omitempty"`
	PageSize            int    `json:"pageSize,omitempty"`
}
