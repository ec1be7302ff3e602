//go:build !wasip1

package sdk

import (
	"encoding/json"
	"strings"
	"testing"
)

// good is a manifest in order that uses every part.
func good() Manifest {
	return Manifest{
		Key: "acme", Name: "Acme", Hub: "crm", Version: "1.0.0", ID: 7,
		Config: []Parameter{
			{Key: "api.key", Label: "Key", Type: "string", Required: true, Secret: true},
			{Key: "size", Label: "Size", Type: "integer", Default: "5"},
			{Key: "all", Label: "All", Type: "boolean", Default: "true"},
		},
		Auth:      Auth{Type: AuthHeaders, Headers: map[string]string{"Authorization": "Key {api.key} {size}"}},
		BaseURLs:  []string{"https://api.acme.example/v1", "http://127.0.0.1:8080"},
		RateLimit: []Rate{{Requests: 5, PerSeconds: 1}},
		Resources: []Resource{{
			Name: "rows", Path: "/lists/{listId}/rows", Default: true, NewestFirst: true, Since: []string{"at"},
			Poll: &Poll{URL: "/hubs/crm/lists/{listId}/rows?where=x='${epoch}'", IDField: "id", UpdatedDateField: "at", UpdatedDateFormat: "milliseconds"},
		}},
	}
}

func goodOAuth() Auth {
	return Auth{Type: AuthOAuth2, OAuth2: &OAuth2{
		AuthorizeURL: "/authorize", TokenURL: "https://acme.example/token", ClientID: "{api.key}", ClientSecret: "{api.key}",
	}}
}

func TestManifestCheckAccepts(t *testing.T) {
	t.Parallel()
	for name, m := range map[string]Manifest{
		"headers": good(),
		"oauth2":  with(func(m *Manifest) { m.Auth = goodOAuth() }),
		"basic":   with(func(m *Manifest) { m.Auth = Auth{Type: AuthBasic, Username: "{api.key}", Password: "X"} }),
		"none":    with(func(m *Manifest) { m.Auth = Auth{Type: AuthNone} }),
	} {
		for _, p := range m.Check() {
			t.Errorf("%s: %s", name, p)
		}
	}
}

func with(change func(*Manifest)) Manifest {
	m := good()
	change(&m)
	return m
}

func TestManifestCheckFinds(t *testing.T) {
	t.Parallel()
	oauth := func(change func(*OAuth2)) func(*Manifest) {
		return func(m *Manifest) { m.Auth = goodOAuth(); change(m.Auth.OAuth2) }
	}
	for _, c := range []struct {
		path   string
		change func(*Manifest)
	}{
		{"key", func(m *Manifest) { m.Key = "Acme" }},
		{"key", func(m *Manifest) { m.Key = "" }},
		{"name", func(m *Manifest) { m.Name = "" }},
		{"hub", func(m *Manifest) { m.Hub = "C R M" }},
		{"version", func(m *Manifest) { m.Version = "" }},
		{"id", func(m *Manifest) { m.ID = -1 }},
		{"config[2].key", func(m *Manifest) { m.Config[2].Key = "a b" }},
		{"config[1].key", func(m *Manifest) { m.Config[1].Key = "base.url"; m.Auth.Headers = map[string]string{"X": "{api.key}"} }},
		{"config[2].key", func(m *Manifest) { m.Config[2].Key = "event.vendor.type" }},
		{"config[2].key", func(m *Manifest) { m.Config[2].Key = "size" }},
		{"config[2].label", func(m *Manifest) { m.Config[2].Label = "" }},
		{"config[2].type", func(m *Manifest) { m.Config[2].Type = "bool" }},
		{"config[1].default", func(m *Manifest) { m.Config[1].Default = "five" }},
		{"config[2].default", func(m *Manifest) { m.Config[2].Default = "yes" }},
		{"config[1].default", func(m *Manifest) { m.Config[1].Secret = true }},
		{"config[1].required", func(m *Manifest) { m.Config[1].Required = true }},
		{"auth.type", func(m *Manifest) { m.Auth = Auth{Type: "magic"} }},
		{"auth.headers", func(m *Manifest) { m.Auth.Headers = nil }},
		{"auth.headers", func(m *Manifest) { m.Auth.Type = AuthNone }},
		{"auth.headers.Host", func(m *Manifest) { m.Auth.Headers = map[string]string{"Host": "x"} }},
		{"auth.headers.A B", func(m *Manifest) { m.Auth.Headers = map[string]string{"A B": "x"} }},
		{"auth.headers.X", func(m *Manifest) { m.Auth.Headers = map[string]string{"X": "{api.secret}"} }},
		{"auth.headers.X", func(m *Manifest) { m.Auth.Headers = map[string]string{"X": "{api.key"} }},
		{"auth.headers.X", func(m *Manifest) { m.Auth.Headers = map[string]string{"X": "}{api.key}"} }},
		{"auth.headers.X", func(m *Manifest) { m.Auth.Headers = map[string]string{"X": "{api.key}}"} }},
		{"auth.username", func(m *Manifest) { m.Auth = Auth{Type: AuthBasic} }},
		{"auth.username", func(m *Manifest) { m.Auth.Username = "x" }},
		{"auth.oauth2", func(m *Manifest) { m.Auth.OAuth2 = goodOAuth().OAuth2 }},
		{"auth.oauth2", func(m *Manifest) { m.Auth = Auth{Type: AuthOAuth2} }},
		{"auth.oauth2.authorizeUrl", oauth(func(o *OAuth2) { o.AuthorizeURL = "" })},
		{"auth.oauth2.tokenUrl", oauth(func(o *OAuth2) { o.TokenURL = "//evil.example/token" })},
		{"auth.oauth2.tokenUrl", oauth(func(o *OAuth2) { o.TokenURL = "ftp://acme.example/token" })},
		{"auth.oauth2.authStyle", oauth(func(o *OAuth2) { o.AuthStyle = "both" })},
		{"auth.oauth2.clientId", oauth(func(o *OAuth2) { o.ClientID = "" })},
		{"auth.oauth2.clientSecret", oauth(func(o *OAuth2) { o.ClientSecret = "{other}" })},
		{"auth.oauth2.redirectUrl", oauth(func(o *OAuth2) { o.RedirectURL = "{other}" })},
		{"auth.oauth2.accessTokenLife", oauth(func(o *OAuth2) { o.AccessTokenLife = -1 })},
		{"auth.oauth2.refreshTokenLife", oauth(func(o *OAuth2) { o.RefreshTokenLife = -1 })},
		{"baseUrls", func(m *Manifest) { m.BaseURLs = nil }},
		{"baseUrls[0]", func(m *Manifest) { m.BaseURLs[0] = "https://acme.example/" }},
		{"baseUrls[0]", func(m *Manifest) { m.BaseURLs[0] = "https://user@acme.example" }},
		{"baseUrls[0]", func(m *Manifest) { m.BaseURLs[0] = "https://acme.example?x=1" }},
		{"baseUrls[0]", func(m *Manifest) { m.BaseURLs[0] = "acme.example/v1" }},
		{"baseUrls[1]", func(m *Manifest) { m.BaseURLs[1] = m.BaseURLs[0] }},
		{"rateLimit[0]", func(m *Manifest) { m.RateLimit[0].PerSeconds = 0 }},
		{"resources", func(m *Manifest) { m.Resources = nil }},
		{"resources[0].name", func(m *Manifest) { m.Resources[0].Name = "" }},
		{"resources[1].name", func(m *Manifest) {
			m.Resources = append(m.Resources, Resource{Name: "rows", Path: "/other"})
		}},
		{"resources[1].path", func(m *Manifest) {
			m.Resources = append(m.Resources, Resource{Name: "other", Path: m.Resources[0].Path})
		}},
		{"resources[0].path", func(m *Manifest) {
			m.Resources[0].Path = "/a/../b"
			m.Resources[0].Poll.URL = "/hubs/crm/a/../b"
		}},
		{"resources[0].since[0]", func(m *Manifest) { m.Resources[0].Since[0] = "" }},
		{"resources[0].poll", func(m *Manifest) { m.Resources[0].Poll, m.Resources[0].NewestFirst = nil, false }},
		{"resources[0].newestFirst", func(m *Manifest) {
			m.Resources[0].Poll.UpdatedDateField, m.Resources[0].Poll.UpdatedDateFormat = "", ""
		}},
		{"resources[0].poll.url", func(m *Manifest) { m.Resources[0].Poll.URL = "/hubs/crm/others?where=x" }},
		{"resources[0].poll.idField", func(m *Manifest) { m.Resources[0].Poll.IDField = "" }},
		{"resources[0].poll.updatedDateFormat", func(m *Manifest) { m.Resources[0].Poll.UpdatedDateFormat = "" }},
		{"resources[0].poll.createdDateFormat", func(m *Manifest) { m.Resources[0].Poll.CreatedDateFormat = "milliseconds" }},
		{"resources[0].poll.pageSize", func(m *Manifest) { m.Resources[0].Poll.PageSize = -1 }},
	} {
		m := with(c.change)
		problems := m.Check()
		if len(problems) != 1 || problems[0].Path != c.path || problems[0].Message == "" {
			t.Errorf("want one problem at %s, got %v", c.path, problems)
		}
	}
}

func TestManifestCheckFindsAll(t *testing.T) {
	t.Parallel()
	if n := len((Manifest{}).Check()); n < 7 {
		t.Errorf("an empty manifest has %d problems, want all of them at once: %v", n, (Manifest{}).Check())
	}
}

func TestReplyCheck(t *testing.T) {
	t.Parallel()
	fetch := func(f Fetch) Reply { return Reply{Fetch: &f} }
	page := func(p Page) Reply { return Reply{Page: &p} }
	negative := int64(-1)
	for _, c := range []struct {
		want  string // paths of the problems
		reply Reply
	}{
		{"", fetch(Fetch{Path: "/a/1%2F2", Method: "POST", Query: []Param{{Name: "q"}}, Headers: map[string]string{"Accept": "x"}, State: Raw(`{}`)})},
		{"", fetch(Fetch{Path: "/"})},
		{"", page(Page{})},
		{"", page(Page{Records: Records{Select: &Select{At: ""}}, Next: "1", Overlap: 1})},
		{"", page(Page{Records: Records{Table: &Table{Columns: "/a~1b~0", Rows: "/data"}}, Memo: Raw(`1`)})},
		{"", page(Page{Records: Records{Inline: []Raw{Raw(`{}`)}}})},
		{"", Faultf(FaultTransient, "later")},
		{"reply", Reply{}},
		{"reply", Reply{Page: &Page{}, Fault: &Fault{Kind: FaultAuth, Message: "x"}}},
		{"fetch.method", fetch(Fetch{Path: "/", Method: "GET /x"})},
		{"fetch.path", fetch(Fetch{})},
		{"fetch.path", fetch(Fetch{Path: "http://evil.example/"})},
		{"fetch.path", fetch(Fetch{Path: "/a?b=c"})},
		{"fetch.path", fetch(Fetch{Path: "/a/../b"})},
		{"fetch.path", fetch(Fetch{Path: "/a/%2e%2E/b"})},
		{"fetch.path", fetch(Fetch{Path: "/a b"})},
		{"fetch.path", fetch(Fetch{Path: "/a%zz"})},
		{"fetch.path", fetch(Fetch{Path: "/a\r\nX: y"})},
		{"fetch.query[0].name", fetch(Fetch{Path: "/", Query: []Param{{Value: "x"}}})},
		{"fetch.headers.AUTHORIZATION", fetch(Fetch{Path: "/", Headers: map[string]string{"AUTHORIZATION": "x"}})},
		{"fetch.headers.Cookie", fetch(Fetch{Path: "/", Headers: map[string]string{"Cookie": "x"}})},
		{"fetch.headers.host", fetch(Fetch{Path: "/", Headers: map[string]string{"host": "x"}})},
		{"fetch.headers.A", fetch(Fetch{Path: "/", Headers: map[string]string{"A": "x\r\nB: y"}})},
		{"fetch.state", fetch(Fetch{Path: "/", State: Raw(`{`)})},
		{"page.records", page(Page{Records: Records{Select: &Select{}, Table: &Table{}}})},
		{"page.records.select.at", page(Page{Records: Records{Select: &Select{At: "contacts"}}})},
		{"page.records.table.rows", page(Page{Records: Records{Table: &Table{Rows: "/a~2"}}})},
		{"page.records.table.columns", page(Page{Records: Records{Table: &Table{Columns: "/a~"}}})},
		{"page.records.inline[0]", page(Page{Records: Records{Inline: []Raw{Raw(`[]`)}}})},
		{"page.overlap", page(Page{Overlap: 1})},
		{"page.overlap", page(Page{Overlap: 2, Next: "x"})},
		{"page.total", page(Page{Total: &negative})},
		{"page.memo", page(Page{Memo: Raw(`nope`)})},
		{"fault.kind", Faultf("bad", "x")},
		{"fault.message", Faultf(FaultAuth, "")},
		{"fault.retryAfter", Reply{Fault: &Fault{Kind: FaultAuth, Message: "x", RetryAfter: -1}}},
	} {
		var paths []string
		for _, p := range c.reply.Check() {
			paths = append(paths, p.Path)
		}
		if got := strings.Join(paths, " "); got != c.want {
			doc, _ := json.Marshal(c.reply)
			t.Errorf("%s: problems at %q, want %q", doc, got, c.want)
		}
	}
}
