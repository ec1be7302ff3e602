package instance

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestCallbackHeaders(t *testing.T) {
	t.Parallel()
	two := http.Header{"X-Key": {canary}, "Accept": {"a; b: c"}}
	for _, c := range []struct {
		given string
		want  http.Header
	}{
		{`null`, nil}, {`""`, nil}, {`" \n "`, nil}, {`{}`, nil}, {`"{}"`, nil}, {`" ; "`, nil},
		{`{"x-key":"` + canary + `","Accept":"a; b: c"}`, two},
		{`{"x-key":` + canary + `,"Accept":" a; b: c "}`, two},
		{`" {\"x-key\":\"` + canary + `\",\"Accept\":\"a; b: c\"}\n"`, two},
		{`"x-key: ` + canary + `\r\n\nAccept:a; b: c\n"`, two},
		{`"x-key:` + canary + `; Accept : text/html ;"`, http.Header{"X-Key": {canary}, "Accept": {"text/html"}}},
		{`"Authorization: Bearer ` + canary + `"`, http.Header{"Authorization": {"Bearer " + canary}}},
		{`"X-A: 1\nx-a: 2"`, http.Header{"X-A": {"1", "2"}}},
	} {
		made := mustMake(t, icontactBody(`"event.notification.callback.headers":`+c.given), icontact())
		if got := made.Secrets.Headers; len(got) != len(c.want) || len(got) > 0 && !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.given, got, c.want)
		}
		if given := c.want != nil; made.Instance.HasSecret(KeyCallbackHeaders) != given || given != (made.Instance.View()[KeyCallbackHeaders] == Mask) {
			t.Errorf("%s is shown as %q", c.given, made.Instance.View()[KeyCallbackHeaders])
		}
		if found := leaks(made, nil); len(found) > 0 {
			t.Errorf("%s leaks: %s", c.given, found)
		}
	}
}

func TestFaultsOfCallbackHeaders(t *testing.T) {
	t.Parallel()
	path := "configuration['event.notification.callback.headers']"
	for given, want := range map[string]Problem{
		`"` + canary + `"`:                          {path, `no "Name: value" in part 1 of 1`},
		`"X-A: 1\n` + canary + ` x: 1"`:             {path, "part 2 of 2"},
		`"X-A: 1; ` + canary + `"`:                  {path, "if a value has a semicolon"},
		`"{\"X-A\": ` + canary + `"`:                {path, "is not JSON"},
		`"{\"X-A\":\"1\",\"X-A\":\"2\"}"`:           {path + "['X-A']", "more than once"},
		`["X-A: ` + canary + `"]`:                   {path, "is a list"},
		`7`:                                         {path, "is a number"},
		`{"X-A":["` + canary + `"]}`:                {path + "['X-A']", "is a list"},
		`{"X-A":"` + canary + `\r\nX-B: 1"}`:        {path, `"X-A" has a value with a line break`},
		`"Content-Type: ` + canary + `"`:            {path, `"Content-Type" is set by the sender`},
		`{"webhook-id":"` + canary + `"}`:           {path, "is set by the sender"},
		`{"a b":"` + canary + `"}`:                  {path, "is not a token"},
		`{"":"` + canary + `"}`:                     {path, "is not a token"},
		`{"X":"` + strings.Repeat("x", 8192) + `"}`: {path, "at most 8192"},
	} {
		wrong := invalid(t, icontactBody(`"event.notification.callback.headers":`+given), icontact())
		expect(t, given+": fault", wrong.Problems, want)
		if found := leaks(nil, wrong); len(found) > 0 {
			t.Errorf("%s leaks: %s", given, found)
		}
	}
}

func TestBasicAuthenticationOfTheCallback(t *testing.T) {
	t.Parallel()
	made := mustMake(t, icontactBody(`"event.notification.basic.username":" ann ","event.notification.basic.password":" `+canary+` "`), icontact())
	if made.Instance.Events.Username != "ann" || made.Secrets.Password != " "+canary+" " {
		t.Errorf("user %q, password as given: %t", made.Instance.Events.Username, made.Secrets.Password == " "+canary+" ")
	}
	if view := made.Instance.View(); view[KeyBasicUsername] != "ann" || view[KeyBasicPassword] != Mask {
		t.Errorf("shown %q, %q", view[KeyBasicUsername], view[KeyBasicPassword])
	}
	if found := leaks(made, nil); len(found) > 0 {
		t.Errorf("leaks: %s", found)
	}
	user, password := "configuration['event.notification.basic.username']", "configuration['event.notification.basic.password']"
	for given, want := range map[string][]Problem{
		`"event.notification.basic.password":"` + canary + `"`:                                                          {{user, "is missing"}},
		`"event.notification.basic.username":"a:b"`:                                                                     {{user, "colon"}},
		`"event.notification.basic.username":"a\u0000b","event.notification.basic.password":"` + canary + `\u0007"`:     {{user, "control"}, {password, "control"}},
		`"event.notification.basic.username":"a","event.notification.callback.headers":"authorization: ` + canary + `"`: {{user, "a header Authorization"}},
	} {
		wrong := invalid(t, icontactBody(given), icontact())
		expect(t, given+": fault", wrong.Problems, want...)
		if text, _ := json.Marshal(wrong); strings.Contains(string(text), canary) {
			t.Errorf("%s leaks: %s", given, text)
		}
	}
}
