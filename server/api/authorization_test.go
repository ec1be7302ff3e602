package api

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseAuthorization(t *testing.T) {
	t.Parallel()
	const token = "ABC/Dxx+xxx="
	all := credentials{userSecret, orgSecret, token}
	both := credentials{userSecret, orgSecret, ""}
	for _, c := range []struct {
		header string
		want   credentials
		fault  string // part of the message
	}{
		{"User " + userSecret + ", Organization " + orgSecret, both, ""},
		{"Organization " + orgSecret + ", User " + userSecret, both, ""},
		{"user " + userSecret + ",ORGANIZATION " + orgSecret, both, ""},
		{"User " + userSecret + ", Organization " + orgSecret + ", Element " + token, all, ""},
		{"User " + userSecret + ", Organization " + orgSecret + " Element " + token, all, ""}, // an integrator joins so
		{"  User\t" + userSecret + "  Organization  " + orgSecret + " , Element " + token + ",", all, ""},
		{"Element " + token, credentials{element: token}, ""},
		{"User user, Organization element", credentials{"user", "element", ""}, ""}, // a scheme word can be a secret, if a poor one
		{"", credentials{}, "is missing"},
		{" , ", credentials{}, "is missing"},
		{"User", credentials{}, "no secret after User"},
		{"User , Organization " + orgSecret, credentials{}, "no secret after User"},
		{"User " + userSecret + ", Organization", credentials{}, "no secret after Organization"},
		{"User " + userSecret + ", User " + userSecret, credentials{}, "names User twice"},
		{"Bearer " + token, credentials{}, "a part that is not"},
		{userSecret, credentials{}, "a part that is not"},
		{"User Organization " + orgSecret, credentials{}, "a part that is not"},
		{"User " + userSecret + " " + orgSecret, credentials{}, "a part that is not"},
		{"User: " + userSecret, credentials{}, "a part that is not"},
	} {
		got, err := parseAuthorization(c.header)
		if got != c.want {
			t.Errorf("parseAuthorization(%q) = %q %q %q, want %q %q %q", c.header, got.user, got.organization, got.element, c.want.user, c.want.organization, c.want.element)
		}
		if message := fmt.Sprint(err); c.fault == "" && err != nil || c.fault != "" && !strings.Contains(message, c.fault) {
			t.Errorf("parseAuthorization(%q): %v, want %q", c.header, err, c.fault)
		}
	}
}

func TestCredentialsNeverPrint(t *testing.T) {
	t.Parallel()
	c := credentials{user: "canary-u", organization: "canary-o", element: "canary-e"}
	log := &logBuffer{}
	log.logger().Info("x", "credentials", c, slog.Any("pointer", &c))
	for _, text := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %q %s", c, c, c, &c), log.String()} {
		if strings.Contains(text, "canary") {
			t.Errorf("a secret is printed: %s", text)
		}
	}
}

// Whatever is read can be written and read again in another order, and no message repeats what a client sent.
func FuzzParseAuthorization(f *testing.F) {
	for _, seed := range []string{authorized, "user a organization b element c", "Organization =,User +/", "Bearer abc", "User", "User User", ",", "\x00", "Element é"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		got, err := parseAuthorization(header)
		if err != nil {
			for _, word := range strings.Fields(header) {
				if len(word) > 14 && strings.Contains(err.Error(), word) { // "Organization" and "Authorization" are words of the messages
					t.Errorf("the message repeats %q of the header: %v", word, err)
				}
			}
			return
		}
		var pairs []string
		for _, p := range [][2]string{{"element", got.element}, {"organization", got.organization}, {"USER", got.user}} {
			if p[1] != "" {
				pairs = append(pairs, p[0]+" "+p[1])
			}
		}
		if again, err := parseAuthorization(strings.Join(pairs, ", ")); err != nil || again != got {
			t.Errorf("%q is read as %v, and written again as %v (%v)", header, got, again, err)
		}
	})
}

func TestUnauthorized(t *testing.T) {
	t.Parallel()
	w := setup(t)
	for _, c := range []struct{ header, message string }{
		{"", "the Authorization header is missing"},
		{"User " + userSecret, "lacks the organization secret"},
		{"Organization " + orgSecret, "lacks the user secret"},
		{"Element abc", "lacks the user and the organization secret"},
		{"User canary, Organization " + orgSecret, "the user or organization secret is not valid"},
		{"User " + userSecret + ", Element canary", "the user secret or the Element token is not valid"},
		{"User canary Element canary", "the user secret or the Element token is not valid"},
		{"Organization " + orgSecret + ", Element canary", "lacks the user secret"},
		{"Basic canarycanary", "not a User, Organization or Element secret"},
	} {
		for _, at := range []string{"GET /instances", "POST /instances", "GET /instances/1", "DELETE /instances/1", "GET /instances/1/polls", "GET /elements/api-v2/instances"} {
			method, path, _ := strings.Cut(at, " ")
			r := w.call(method, path, "", "Authorization: "+c.header)
			message, _ := r.object(t)["message"].(string)
			if r.status != 401 || !strings.Contains(message, c.message) || r.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d %s, want 401 with %q", at, c.header, r.status, r.text, c.message)
			}
		}
	}
	if text := w.log.String(); strings.Contains(text, "canary") || strings.Contains(text, orgSecret) {
		t.Errorf("the log holds a secret: %s", text)
	}
}

// The platform's hub requests tell the organization by the Element token.
func TestTokenStandsInForTheOrganization(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.call("POST", "/instances", `{}`)
	for _, path := range []string{"/instances/event-poller-records", "/instances/events", "/instances"} {
		if r := w.call("GET", path, "", "Authorization: User "+userSecret+", Element "+made(1, owner).Token); r.status != 200 {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
}
