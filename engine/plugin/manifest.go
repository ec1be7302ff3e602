package plugin

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// Limits on the parts of a manifest. They are the host's, beside the rules of the contract itself (sdk.Manifest.Check).
const (
	maxConfig    = 200
	maxBaseURLs  = 20
	maxRates     = 20
	maxResources = 1000
	maxSince     = 100
	maxLabel     = 200     // bytes of a key, a name, a label, a version
	maxLongText  = 4 << 10 // bytes of a description, a URL, a template
)

// ManifestError lists what is wrong with a manifest.
type ManifestError struct{ Problems []sdk.Problem }

func (e *ManifestError) Error() string {
	const shown = 20
	parts := make([]string, 0, shown+1)
	for i, p := range e.Problems {
		if i == shown {
			parts = append(parts, fmt.Sprintf("and %d more", len(e.Problems)-shown))
			break
		}
		parts = append(parts, clip(p.String(), maxText))
	}
	return "manifest refused: " + strings.Join(parts, "; ")
}

// checkManifest checks all that the host will rely on later; nothing of it is checked again. The limits come first, because they bound the
// work of the other checks. The error is a *ManifestError.
func checkManifest(m *sdk.Manifest) error {
	var l limitCheck
	l.manifest(m)
	if len(l.problems) == 0 {
		l.problems = m.Check()
	}
	if len(l.problems) == 0 {
		l.ways(m)
	}
	if len(l.problems) > 0 {
		return &ManifestError{l.problems}
	}
	return nil
}

// limitCheck collects what is too many, too long, or leads elsewhere.
type limitCheck struct{ problems []sdk.Problem }

func (l *limitCheck) add(path, format string, args ...any) {
	l.problems = append(l.problems, sdk.Problem{Path: path, Message: fmt.Sprintf(format, args...)})
}

// count tells whether there are few enough entries to look at each.
func (l *limitCheck) count(path string, n, limit int) bool {
	if n > limit {
		l.add(path, "%d entries, at most %d are allowed", n, limit)
	}
	return n <= limit
}

// texts checks the length of texts, and that no control character hides in what is shown to people or sent in a header.
func (l *limitCheck) texts(path string, limit int, texts ...string) {
	for _, s := range texts {
		if len(s) > limit {
			l.add(path, "%d bytes, at most %d are allowed", len(s), limit)
		} else if strings.ContainsFunc(s, isControl) {
			l.add(path, "%q holds control characters", s)
		}
	}
}

func (l *limitCheck) manifest(m *sdk.Manifest) {
	l.texts("key", maxLabel, m.Key)
	l.texts("name", maxLabel, m.Name)
	l.texts("hub", maxLabel, m.Hub)
	l.texts("version", maxLabel, m.Version)
	l.texts("description", maxLongText, strings.ReplaceAll(m.Description, "\n", " "))
	if l.count("config", len(m.Config), maxConfig) {
		for i, p := range m.Config {
			path := fmt.Sprintf("config[%d]", i)
			l.texts(path, maxLabel, p.Key, p.Label)
			l.texts(path, maxLongText, strings.ReplaceAll(p.Description, "\n", " "), p.Default)
		}
	}
	if l.count("baseUrls", len(m.BaseURLs), maxBaseURLs) {
		l.texts("baseUrls", maxLongText, m.BaseURLs...)
	}
	l.count("rateLimit", len(m.RateLimit), maxRates)
	l.auth(m.Auth)
	if l.count("resources", len(m.Resources), maxResources) {
		for i, r := range m.Resources {
			l.resource(fmt.Sprintf("resources[%d]", i), r)
		}
	}
}

func (l *limitCheck) auth(a sdk.Auth) {
	if l.count("auth.headers", len(a.Headers), maxParams) {
		for name, template := range a.Headers {
			l.texts("auth.headers", maxLabel, name)
			l.texts("auth.headers", maxLongText, template)
		}
	}
	l.texts("auth", maxLongText, a.Username, a.Password)
	if o := a.OAuth2; o != nil {
		l.texts("auth.oauth2", maxLongText, o.AuthorizeURL, o.TokenURL, o.Scope, o.ClientID, o.ClientSecret, o.RedirectURL)
	}
}

func (l *limitCheck) resource(path string, r sdk.Resource) {
	l.texts(path, maxLabel, r.Name)
	l.texts(path, maxLongText, r.Path, strings.ReplaceAll(r.Description, "\n", " "))
	if l.count(path+".since", len(r.Since), maxSince) {
		l.texts(path+".since", maxLabel, r.Since...)
	}
	if p := r.Poll; p != nil {
		l.texts(path+".poll", maxLongText, p.URL)
		l.texts(path+".poll", maxLabel, p.IDField, p.UpdatedDateField, p.UpdatedDateFormat, p.UpdatedDateTimezone,
			p.CreatedDateField, p.CreatedDateFormat, p.CreatedDateTimezone)
	}
}

// ways checks where the manifest leads: no URL may climb with dot segments, and no two resources may answer to the same path.
func (l *limitCheck) ways(m *sdk.Manifest) {
	for i, base := range m.BaseURLs {
		if u, err := url.Parse(base); err != nil || u.Hostname() == "" || climbs(u.EscapedPath()) {
			l.add(fmt.Sprintf("baseUrls[%d]", i), "%q: want a host, and no . or .. segment", base)
		}
	}
	if o := m.Auth.OAuth2; o != nil && (climbs(o.AuthorizeURL) || climbs(o.TokenURL)) {
		l.add("auth.oauth2", "an endpoint holds a . or .. segment")
	}
	seen := make(map[string]string)
	for i, r := range m.Resources {
		shape := pathShape(r.Path)
		if other, ok := seen[shape]; ok {
			l.add(fmt.Sprintf("resources[%d].path", i), "%q cannot be told from %q", r.Path, other)
		}
		seen[shape] = r.Path
	}
}

// climbs tells whether a path holds a . or .. segment, percent-encoded or not.
func climbs(path string) bool {
	path, _, _ = strings.Cut(path, "?")
	for segment := range strings.SplitSeq(path, "/") {
		if plain, err := url.PathUnescape(segment); err != nil || plain == "." || plain == ".." {
			return true
		}
	}
	return false
}

// pathShape replaces the variables of a resource path: "/lists/{listId}/contacts" becomes "/lists/{}/contacts".
func pathShape(path string) string {
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if strings.HasPrefix(s, "{") {
			segments[i] = "{}"
		}
	}
	return strings.Join(segments, "/")
}

func isControl(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }
