package instance

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// The iContact body as printed, with nothing but its placeholders filled in.
func filledICon(t *testing.T) string {
	t.Helper()
	return swap(t, read(t, "icontact-printed.json"),
		"<AUTHORIZATION_GRANT_CODE>", "some-code", "<iContact Api version>", "2.2", "<iContact Api-AppId>", "app",
		"<iContact iContact username>", "user", "<iContact API password>", "canary", "<minutes>", "5", "<Add_Your_Tag>", "Docs", "<INSTANCE_NAME>", "Mine")
}

func TestIContactAsPrinted(t *testing.T) {
	t.Parallel()
	made := mustMake(t, filledICon(t), icontact())
	expect(t, "warning", made.Warnings,
		Problem{"providerData.code", "is not used"},
		Problem{poller + ".contacts.url", "stray }' at the end"},
		Problem{poller + ".message.url", "stray }' at the end"},
	)
	in := made.Instance
	if !in.Polled() || in.Events.Interval != 5*time.Minute || in.Name != "Mine" || !slices.Equal(in.Tags, []string{"Docs"}) {
		t.Errorf("instance %+v", in)
	}
	if len(in.Resources) != 2 {
		t.Fatalf("resources %+v", in.Resources)
	}
	contacts, message := in.Resources[0], in.Resources[1]
	if contacts.Name != "contacts" || contacts.Reads != "contacts" || message.Name != "message" || message.Reads != "messages" {
		t.Errorf("resources %+v", in.Resources)
	}
	if zone := contacts.Fields.Updated.Zone; zone != "America/New_York" {
		t.Errorf("zone %q, want the manifest's: the body gives none", zone)
	}
	if contacts.Fallback != nil || message.Fallback != nil || !contacts.HashContent || !message.HashContent {
		t.Errorf("resources %+v: dates to the second need the content, and nothing differs from the manifest", in.Resources)
	}
	if in.View()["api.password"] != Mask || in.View()["api.username"] != "user" || in.View()["event.vendor.type"] != "polling" {
		t.Errorf("view %v", in.View())
	}
}

func TestIContactAsPrintedWithPlaceholders(t *testing.T) {
	t.Parallel()
	wrong := invalid(t, read(t, "icontact-printed.json"), icontact())
	expect(t, "fault", wrong.Problems, Problem{"configuration['event.poller.refresh_interval']", `a number of minutes, like 15, is "<minutes>"`})
	const unfilled = "placeholder"
	expect(t, "warning", wrong.Warnings,
		Problem{"name", unfilled}, Problem{"name", `"iContact" is used`}, Problem{"tags[0]", unfilled}, Problem{"providerData.code", "is not used"},
		Problem{"configuration['api.version']", unfilled}, Problem{"configuration.AppID", unfilled},
		Problem{"configuration['api.username']", unfilled}, Problem{"configuration['api.password']", unfilled},
		Problem{poller + ".contacts.url", "stray"}, Problem{poller + ".message.url", "stray"},
	)
}

// curlWarnings are what the iContact cURL is told, whether it is accepted or not.
func curlWarnings() []Problem {
	return []Problem{
		{"providerData.code", "is not used"},
		{"configuration['oauth.api.key']", "does not authenticate by OAuth"},
		{"configuration['oauth.api.secret']", "does not authenticate by OAuth"},
		{poller + ".contacts.idField", `"contactId"; that is used where no record of a page has "messageId"`},
		{poller + ".contacts.datesConfiguration", "that is used where no record of a page fits"},
	}
}

func TestIContactCurlTellsWhatIsMissingWithItsWarnings(t *testing.T) {
	t.Parallel()
	wrong := invalid(t, read(t, "icontact-curl.json"), icontact())
	expect(t, "fault", wrong.Problems,
		Problem{"configuration.AppID", "is required (API-AppId: Id of the application.)"},
		Problem{"configuration['api.username']", "is required"}, Problem{"configuration['api.password']", "is required"},
	)
	expect(t, "warning", wrong.Warnings, curlWarnings()...)
}

func TestIContactCurlCompleted(t *testing.T) {
	t.Parallel()
	body := swap(t, read(t, "icontact-curl.json"), `"configuration": {`, `"configuration": {"AppID":"a","api.username":"u","api.password":"p",`)
	made := mustMake(t, body, icontact())
	expect(t, "warning", made.Warnings, curlWarnings()...)
	r := made.Instance.Resources[0]
	if r.Fields.ID != "messageId" || r.Fields.Updated.Format != "yyyy-MM-dd'T'HH:mm:ssXXX" {
		t.Errorf("fields %+v, want the user's", r.Fields)
	}
	want := DateField{"createDate", "yyyy-MM-dd' 'HH:mm:ss", "America/New_York"}
	if r.Fallback == nil || *r.Fallback != (Fields{"contactId", want, want}) {
		t.Errorf("fallback %+v, want the manifest's", r.Fallback)
	}
	plan, err := r.Compile()
	if err != nil || plan.Rule.Fallback == nil {
		t.Errorf("plan %+v, error %v", plan, err)
	}
}

func TestActOnAsPrintedIsNotJSON(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]SyntaxError{ // places counted in the printed text
		"acton-printed.txt": {15, 107, "closing quote is missing"},
		"acton-curl.txt":    {11, 27, "expected a colon after the key"},
	} {
		_, err := Parse([]byte(read(t, name)))
		var syntax *SyntaxError
		if !errors.As(err, &syntax) || syntax.Line != want.Line || syntax.Column != want.Column || !strings.Contains(syntax.Message, want.Message) {
			t.Errorf("%s: error %v, want %v", name, err, &want)
		}
	}
}

// repaired is the first Act-On body with its three mistakes mended and its placeholders filled in.
func repaired(t *testing.T) string {
	t.Helper()
	return swap(t, read(t, "acton-printed.txt"), "events/acton\n", "events/acton\",\n", `Instance Name""`, `"Instance Name"`,
		"<Act-On app apiKey>", "canary-key", "<Act-On app apiSecret>", "canary-secret", "<Act-On app callbackURL >", "https://mycoolapp.com ")
}

func TestActOnRepaired(t *testing.T) {
	t.Parallel()
	wrong := invalid(t, repaired(t), acton())
	expect(t, "fault", wrong.Problems, Problem{poller + ".contacts.url", "{listId} has no value: replace it in the URL"})
	for name, body := range map[string]string{
		"in the URL":           swap(t, repaired(t), "{listId}", "l-0001"),
		"in the configuration": swap(t, repaired(t), `"event.notification.enabled"`, `"listId": "l-0001", "event.notification.enabled"`),
		"percent-encoded":      swap(t, repaired(t), "{listId}", "l%2D0001"),
		"curl":                 swap(t, read(t, "acton-curl.txt"), `"oauth.callback.url" "https://mycoolapp.com "`, `"oauth.callback.url": "https://mycoolapp.com ",`, "{listId}", "l-0001"),
	} {
		made := mustMake(t, body, acton())
		expect(t, name+": warning", made.Warnings)
		in := made.Instance
		if len(in.Resources) != 1 || in.Resources[0].HashContent || in.View()["oauth.callback.url"] != "https://mycoolapp.com" {
			t.Fatalf("%s: instance %+v", name, in)
		}
		r := in.Resources[0]
		plan, err := r.Compile()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		url, err := plan.URL.Expand(valuesOf(&r))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		route, err := FindRoute(acton(), url)
		if err != nil || route.Vars["listId"] != "l-0001" || route.Where[0].Value != "1714996800000" {
			t.Errorf("%s: route %+v, error %v", name, route, err)
		}
	}
}

func TestDefaultsOfTheManifest(t *testing.T) {
	t.Parallel()
	made := mustMake(t, icontactBody(""), icontact())
	expect(t, "warning", made.Warnings, Problem{poller, "the default resources of iContact are polled: contacts, messages"})
	if len(made.Instance.Resources) != 2 || made.Instance.Resources[0].PageSize != 500 {
		t.Errorf("resources %+v", made.Instance.Resources)
	}
	wrong := invalid(t, actonBody(""), acton())
	expect(t, "fault", wrong.Problems, Problem{poller + ".contacts.url", `{listId} has no value: replace it in the URL with the id, or add "listId"`})
	made = mustMake(t, actonBody(`"listId":"l-0001"`), acton())
	if shown := made.Instance.View()[KeyResources]; !strings.Contains(shown, `/hubs/marketing/lists/{listId}/contacts?where=modafter='${epoch}'`) {
		t.Errorf("shown %s", shown)
	}
}

func TestWithoutEventsNothingIsPolled(t *testing.T) {
	t.Parallel()
	for _, enabled := range []string{`false`, `"false"`, `null`, `"FALSE"`, `""`} {
		body := swap(t, icontactBody(""), `"event.notification.enabled":true`, `"event.notification.enabled":`+enabled)
		made := mustMake(t, body, icontact())
		if made.Instance.Polled() || len(made.Instance.Resources) != 0 || made.Instance.View()[KeyEventsEnabled] != "false" {
			t.Errorf("%s: instance %+v", enabled, made.Instance)
		}
		body = swap(t, icontactBody(contacts(`"url":"/nothing"`)), `"event.notification.enabled":true`, `"event.notification.enabled":`+enabled)
		expect(t, "fault", invalid(t, body, icontact()).Problems, Problem{poller + ".contacts.url", "is not a resource of iContact"})
	}
}
