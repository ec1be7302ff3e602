package instance

import (
	"errors"
	"testing"
)

func TestCallbacksAreHTTPSWhereThatIsRequired(t *testing.T) {
	t.Parallel()
	path := "configuration['event.notification.callback.url']"
	for _, c := range []struct {
		url      string
		required bool
		fault    string // "" = none
	}{
		{"https://example.com/cb", true, ""},
		{"HTTPS://example.com/cb", true, ""},
		{"http://example.com/cb", false, ""},
		{"http://example.com/cb", true, "should begin with https://: this server sends notifications over https only"},
		{"HTTP://example.com/cb", true, "should begin with https://: this server"},
		{"ftp://example.com/cb", true, "should begin with https:// or http://"}, // told once
		{"https://user@example.com/cb", false, "should carry no user name or password"},
		{"https://user:word@example.com/cb", true, "should carry no user name or password"},
		{"https://@example.com/cb", true, "should carry no user name or password"},
	} {
		d, err := Parse([]byte(swap(t, icontactBody(""), "https://example.com/cb", c.url)))
		if err != nil {
			t.Fatal(err)
		}
		d.HTTPSCallbacks = c.required
		_, err = New(d, icontact(), noon)
		if c.fault == "" {
			if err != nil {
				t.Errorf("%s, required %v: %v", c.url, c.required, err)
			}
			continue
		}
		var wrong *InvalidError
		if !errors.As(err, &wrong) {
			t.Errorf("%s, required %v: %v, want it refused", c.url, c.required, err)
			continue
		}
		expect(t, c.url, wrong.Problems, Problem{path, c.fault})
	}
}
