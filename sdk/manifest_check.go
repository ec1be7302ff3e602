//go:build !wasip1

package sdk

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Check lists everything that is wrong with m, nil if it is in order. The host runs it when an adapter is installed; an author's test
// should too. Date formats and time zones are left to the host, which knows them.
func (m Manifest) Check() []Problem {
	var c checker
	c.check(isKey(m.Key), "key", "%q: want lower-case letters, digits, dots and dashes, beginning with a letter", m.Key)
	c.check(m.Name != "", "name", "missing: the provider's name, for people")
	c.check(isKey(m.Hub), "hub", "%q: want a word in lower case, such as marketing", m.Hub)
	c.check(m.Version != "", "version", "missing: the adapter's version, such as 1.0.0")
	c.check(m.ID >= 0, "id", "%d is negative; leave it out if the platform had no number", m.ID)
	c.config(m.Config)
	c.auth(m.Auth, m.Config)
	c.baseURLs(m.BaseURLs)
	for i, r := range m.RateLimit {
		c.check(r.Requests > 0 && r.PerSeconds > 0, fmt.Sprintf("rateLimit[%d]", i),
			"%d requests per %d seconds: both must be above 0", r.Requests, r.PerSeconds)
	}
	c.resources(m.Resources)
	for i, method := range m.Methods {
		c.check(method == "HEAD" || method == "POST", fmt.Sprintf("methods[%d]", i), "%q: want HEAD or POST; GET is always allowed, and an adapter reads", method)
	}
	c.check(m.Body == BodyWhole || m.Body == BodyOutline, "body", "%q: want %s, or leave it out", m.Body, BodyOutline)
	if l := m.Call; l != nil {
		c.check(l.Fuel >= 0, "call.fuel", "%d is negative; leave it out for the host's limit", l.Fuel)
		c.check(l.Milliseconds >= 0, "call.milliseconds", "%d is negative; leave it out for the host's limit", l.Milliseconds)
	}
	return c.problems
}

func (c *checker) config(params []Parameter) {
	seen := map[string]bool{}
	for i, p := range params {
		path := fmt.Sprintf("config[%d]", i)
		switch {
		case !isConfigKey(p.Key):
			c.add(path+".key", "%q: want letters, digits, dots, dashes and underscores", p.Key)
		case strings.HasPrefix(p.Key, "event.") || p.Key == "base.url":
			c.add(path+".key", "%s belongs to the host", p.Key)
		case seen[p.Key]:
			c.add(path+".key", "%s is there twice", p.Key)
		}
		seen[p.Key] = true
		c.check(p.Label != "", path+".label", "missing: what people call it")
		c.paramDefault(path, p)
	}
}

func (c *checker) paramDefault(path string, p Parameter) {
	switch p.Type {
	case "string":
	case "integer":
		_, err := strconv.ParseInt(p.Default, 10, 64)
		c.check(p.Default == "" || err == nil, path+".default", "%q is no integer", p.Default)
	case "boolean":
		c.check(p.Default == "" || p.Default == "true" || p.Default == "false", path+".default", "%q is neither true nor false", p.Default)
	default:
		c.add(path+".type", "%q: want string, integer or boolean", p.Type)
	}
	c.check(p.Default == "" || !p.Secret, path+".default", "a secret cannot have a default: everyone could read it here")
	c.check(p.Default == "" || !p.Required, path+".required", "a parameter with a default is never missing: drop one of the two")
}

func (c *checker) auth(a Auth, params []Parameter) {
	c.check(len(a.Headers) == 0 || a.Type == AuthHeaders, "auth.headers", "used only with type %s", AuthHeaders)
	c.check(a.Username+a.Password == "" || a.Type == AuthBasic, "auth.username", "used only with type %s", AuthBasic)
	c.check(a.OAuth2 == nil || a.Type == AuthOAuth2, "auth.oauth2", "used only with type %s", AuthOAuth2)
	switch a.Type {
	case AuthNone:
	case AuthHeaders:
		c.check(len(a.Headers) > 0, "auth.headers", "missing: header name to template, such as \"X-Api-Key\": \"{api.key}\"")
		for _, name := range sortedKeys(a.Headers) {
			path := "auth.headers." + name
			c.check(isToken(name) && !ownedByHTTP(name), path, "not a header that can be set")
			c.template(path, a.Headers[name], params)
		}
	case AuthBasic:
		c.check(a.Username != "", "auth.username", "missing: a template such as {api.username}")
		c.template("auth.username", a.Username, params)
		c.template("auth.password", a.Password, params)
	case AuthOAuth2:
		c.oauth2(a.OAuth2, params)
	default:
		c.add("auth.type", "%q: want %s, %s, %s or %s", a.Type, AuthNone, AuthHeaders, AuthBasic, AuthOAuth2)
	}
}

func (c *checker) oauth2(o *OAuth2, params []Parameter) {
	const path = "auth.oauth2"
	if o == nil {
		c.add(path, "missing")
		return
	}
	c.endpoint(path+".authorizeUrl", o.AuthorizeURL)
	c.endpoint(path+".tokenUrl", o.TokenURL)
	c.check(o.AuthStyle == "" || o.AuthStyle == "params" || o.AuthStyle == "header", path+".authStyle", "%q: want params or header", o.AuthStyle)
	c.check(o.ClientID != "", path+".clientId", "missing: a template such as {oauth.api.key}")
	c.check(o.ClientSecret != "", path+".clientSecret", "missing: a template such as {oauth.api.secret}")
	c.template(path+".clientId", o.ClientID, params)
	c.template(path+".clientSecret", o.ClientSecret, params)
	c.template(path+".redirectUrl", o.RedirectURL, params)
	c.check(o.AccessTokenLife >= 0, path+".accessTokenLife", "%d seconds: must not be negative", o.AccessTokenLife)
	c.check(o.RefreshTokenLife >= 0, path+".refreshTokenLife", "%d seconds: must not be negative", o.RefreshTokenLife)
}

// endpoint checks an URL that is whole, or begins with "/" and is relative to the instance's host.
func (c *checker) endpoint(path, text string) {
	u, err := url.Parse(text)
	ok := err == nil && u.Fragment == "" && u.User == nil
	relative := ok && strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "//")
	whole := ok && isWeb(u)
	c.check(relative || whole, path, "%q: want a path such as /token, or an URL such as https://example.com/token", text)
}

func (c *checker) baseURLs(urls []string) {
	c.check(len(urls) > 0, "baseUrls", "missing: where the provider's API is, such as https://api.example.com/v1")
	for i, text := range urls {
		path := fmt.Sprintf("baseUrls[%d]", i)
		u, err := url.Parse(text)
		if err != nil || !isWeb(u) || u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(text, "#") || strings.HasSuffix(text, "/") {
			c.add(path, "%q: want http(s)://host[:port][/path] without a slash at the end, user, query or fragment", text)
		}
		c.check(slices.Index(urls, text) == i, path, "%s is there twice", text)
	}
}

func (c *checker) resources(list []Resource) {
	c.check(len(list) > 0, "resources", "missing: an adapter without a resource reads nothing")
	names, paths := map[string]bool{}, map[string]bool{}
	for i, r := range list {
		at := fmt.Sprintf("resources[%d]", i)
		c.check(isConfigKey(r.Name), at+".name", "%q: want letters, digits, dots, dashes and underscores", r.Name)
		c.check(!names[r.Name], at+".name", "%s is there twice", r.Name)
		c.check(isHubPath(r.Path), at+".path", "%q: want a path such as /lists/{listId}/contacts", r.Path)
		c.check(!paths[r.Path], at+".path", "%s is there twice", r.Path)
		names[r.Name], paths[r.Path] = true, true
		for j, field := range r.Since {
			c.check(field != "", fmt.Sprintf("%s.since[%d]", at, j), "is empty: want the name of a date field")
		}
		c.hub(at, r)
		c.check(r.Poll != nil || !r.Default, at+".poll", "missing: a default resource must be one that can be polled")
		c.check(!r.NewestFirst || r.Poll != nil && r.Poll.UpdatedDateField != "", at+".newestFirst", "promises an order by poll.updatedDateField, which is missing")
		if r.Poll != nil {
			c.poll(at+".poll", *r.Poll, r.Path)
		}
	}
}

// hub checks what is said for readers of the resource's hub URL.
func (c *checker) hub(at string, r Resource) {
	seen := map[string]bool{}
	for j, f := range r.Where {
		path := fmt.Sprintf("%s.where[%d]", at, j)
		c.check(f.Name != "" && !seen[f.Name], path+".name", "%q is empty or there twice: want the name of a condition", f.Name)
		c.check(!f.Coarse || !f.Parameter, path+".coarse", "a parameter is no field of the records: nobody could judge it again")
		c.check(len(f.Ops) > 0, path+".ops", "missing: want some of %q", operators)
		for _, op := range f.Ops {
			c.check(slices.Contains(operators, op), path+".ops", "%q: want some of %q", op, operators)
		}
		seen[f.Name] = true
	}
	for j, field := range r.OrderBy {
		c.check(field != "" && slices.Index(r.OrderBy, field) == j, fmt.Sprintf("%s.orderBy[%d]", at, j), "%q is empty or there twice: want the name of a field", field)
	}
	c.check(!r.Single || r.Poll == nil, at+".single", "one record is no collection and cannot be polled")
}

// operators are those of a Condition.
var operators = []string{"=", "!=", "<", ">", "<=", ">=", "LIKE"}

func (c *checker) poll(at string, p Poll, resourcePath string) {
	path, _, _ := strings.Cut(p.URL, "?")
	c.check(strings.HasPrefix(p.URL, "/") && strings.HasSuffix(path, resourcePath), at+".url",
		"%q: want the resource's path %s behind its hub, such as /hubs/marketing%s", p.URL, resourcePath, resourcePath)
	c.check(p.IDField != "", at+".idField", "missing: the field that tells records apart")
	c.check((p.UpdatedDateField == "") == (p.UpdatedDateFormat == ""), at+".updatedDateFormat", "a date field and its format come together")
	c.check((p.CreatedDateField == "") == (p.CreatedDateFormat == ""), at+".createdDateFormat", "a date field and its format come together")
	c.check(p.PageSize >= 0, at+".pageSize", "%d is negative", p.PageSize)
}

// template checks that each {name} of text is a parameter.
func (c *checker) template(path, text string, params []Parameter) {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			c.check(!strings.Contains(rest, "}"), path, "%q: a } without its {", text)
			return
		}
		key, tail, closed := strings.Cut(after, "}")
		if !closed || strings.Contains(rest[:len(rest)-len(after)], "}") {
			c.add(path, "%q: braces do not match", text)
			return
		}
		known := slices.ContainsFunc(params, func(p Parameter) bool { return p.Key == key })
		c.check(known, path, "{%s} is not a key of config", key)
		rest = tail
	}
}
