package instance

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollwright/pollwright/sdk"
)

// canary is a number too, so that it can stand where JSON wants one.
const canary = "4711081547110815"

// leaks lists where a canary shows in what may be stored, answered or logged.
func leaks(made *Made, err error) (found []string) {
	look := func(where, text string) {
		if strings.Contains(text, canary) {
			found = append(found, where+": "+text)
		}
	}
	if err != nil {
		look("error", fmt.Sprintf("%v %+v", err, err))
		if wrong, ok := err.(*InvalidError); ok {
			look("warnings of an error", fmt.Sprint(wrong.Warnings))
		}
		return found
	}
	stored, _ := json.Marshal(made.Instance)
	whole, _ := json.Marshal(made)
	look("stored", string(stored))
	look("made", string(whole))
	look("view", fmt.Sprint(made.Instance.View()))
	look("warnings", fmt.Sprint(made.Warnings))
	look("printed", fmt.Sprintf("%v %+v %#v %s", made.Secrets, made.Secrets, made.Secrets, made.Secrets))
	look("logged", slog.AnyValue(made.Secrets).Resolve().String())
	return found
}

func TestSecretsLeaveOnTheirOwn(t *testing.T) {
	t.Parallel()
	body := swap(t, actonBody(`"listId":"l","event.notification.signature.key":" `+canary+` ","api.password":"`+canary+`"`),
		`"code":"c"`, `"code":"`+canary+`","state":"`+canary+`"`, `"oauth.api.secret":"s"`, `"oauth.api.secret":" `+canary+`"`, `"oauth.api.key":"k"`, `"oauth.api.key":`+canary)
	made := mustMake(t, body, acton())
	if found := leaks(made, nil); len(found) > 0 {
		t.Errorf("leaks: %s", found)
	}
	s := made.Secrets
	if s.Code != canary || s.SignatureKey != " "+canary+" " || s.Values["oauth.api.secret"] != canary || s.Values["oauth.api.key"] != canary {
		t.Error("a secret did not arrive as it was given")
	}
	if _, stray := s.Values["api.password"]; stray {
		t.Error("a key that the element does not have is kept")
	}
	in := made.Instance
	for _, key := range []string{"oauth.api.key", "oauth.api.secret", KeySignatureKey} {
		if !in.HasSecret(key) || in.View()[key] != Mask || in.Configuration[key] != "" {
			t.Errorf("%s is shown as %q", key, in.View()[key])
		}
	}
	expect(t, "warning", made.Warnings, Problem{"configuration['oauth.api.secret']", "has blanks round it, which are dropped"},
		Problem{"configuration['api.password']", "is not a parameter of Act-On"}, Problem{poller, "default resources"})
}

// Whatever shape a body has and wherever a secret stands in it, the secret shows nowhere.
func TestSecretsShowNowhere(t *testing.T) {
	t.Parallel()
	secret := []string{"api.password", "oauth.api.key", "oauth.api.secret", KeySignatureKey, KeyBasicPassword, "access.token", "mySecret",
		KeyCallbackHeaders, "unknown", "appid", "event.unknown"}
	// The last four may be named in a URL by who wants that; the others not.
	named := rapid.SampledFrom(append([]string{"{listId}", "x", "${epoch}", "y"}, braced(secret[:7])...))
	good := rapid.SampledFrom([]string{`"` + canary + `"`, canary, `" ` + canary + `\n"`, canary + `e9`})
	wrong := rapid.SampledFrom([]string{`"` + canary + `"`, `["` + canary + `"]`, `{"a":"` + canary + `"}`, `-` + canary})
	members := []string{`"AppID":"a"`, `"api.username":"u"`, `"oauth.callback.url":"https://example.com"`, `"event.notification.enabled":true`, `"listId":"l"`}
	test := func(t rapid.TB, element sdk.Manifest, members []string, first, second, code, data, unknown string) error {
		t.Helper()
		resources, err := json.Marshal(map[string]any{"r": map[string]any{"url": element.Resources[0].Path + "?a=" + first + "&b=" + second}})
		if err != nil {
			t.Fatal(err)
		}
		body := fmt.Sprintf(`{"element":{"key":%q},"providerData":{"code":%s,"x":%s},"unknown":%s,"configuration":{%s,"event.poller.configuration":%s}}`,
			element.Key, code, data, unknown, strings.Join(members, ","), resources)
		made, err := make1(body, element)
		if found := leaks(made, err); len(found) > 0 {
			t.Fatalf("leaks: %s\nof %s", found, body)
		}
		return err
	}
	for _, element := range []sdk.Manifest{icontact(), acton()} { // one that is accepted: chance makes few of them
		text := `"` + canary + `"`
		of := slices.Clone(members)
		for _, key := range secret[:3] {
			of = append(of, fmt.Sprintf("%q:%s", key, text))
		}
		if err := test(t, element, of, "x", "y", text, text, text); err != nil {
			t.Fatalf("%s: %v", element.Key, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		shape := good
		if rapid.Bool().Draw(t, "wrong shapes") {
			shape = wrong
		}
		of := slices.Clone(members)
		for n, key := range secret {
			if n < 3 || rapid.Bool().Draw(t, "with "+key) {
				of = append(of, fmt.Sprintf("%q:%s", key, shape.Draw(t, key)))
			}
		}
		for _, element := range []sdk.Manifest{icontact(), acton()} {
			_ = test(t, element, of, named.Draw(t, "first"), named.Draw(t, "second"), good.Draw(t, "code"), shape.Draw(t, "data"), shape.Draw(t, "unknown"))
		}
	})
}

func braced(names []string) (found []string) {
	for _, name := range names {
		found = append(found, "{"+name+"}")
	}
	return found
}
