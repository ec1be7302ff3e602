package command

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	acton "github.com/pollwright/pollwright/plugins/acton/sim"
	icontact "github.com/pollwright/pollwright/plugins/icontact/sim"
)

// hostile is a text that would be a script if it were written into a page as it is.
const hostile = `"><img src=x onerror=alert(1)><script>alert(2)</script>'{{7*7}}`

// TestConsoleInABrowser is the way of somebody who connects iContact by the console, and watches what happens.
func TestConsoleInABrowser(t *testing.T) {
	t.Parallel()
	b := newBrowser(newJourney(t))
	b.open("/console/instances?q=x")
	b.looks("signin")
	b.sets("#user", "wrong")
	b.sets("#organization", "wrong")
	b.presses("main button")
	b.reads("These are not the secrets")
	b.sets("#user", b.owner.user)
	b.sets("#organization", b.owner.organization)
	b.presses("main button")
	b.reads("None is like that") // where the visitor wanted to go
	b.open("/console")
	b.reads("Nothing is connected yet")
	b.looks("home-empty")
	b.open("/console/elements")
	b.reads("built in")
	b.looks("elements")
	b.open("/console/elements/icontact")
	b.looks("element")
	b.open("/console/instances/new")
	b.looks("choose")

	b.connects()
	id := b.watches()
	b.pauses(id)
	b.rewinds(id)
	b.redelivers(id)
	b.changes(id)
	b.deletes(id)
}

// connects fills in the form of a new instance and makes it.
func (b *browser) connects() {
	b.t.Helper()
	b.icontact.CreateContact(icontact.Contact{Email: "before@example.com", FirstName: hostile})
	b.open("/console/instances/new/icontact")
	b.looks("new")
	b.presses("#do-create")
	b.reads("things are not right yet")
	b.looks("new-faults")
	b.sets("#f-name", "Shop "+hostile)
	b.sets("#f-c-AppID", "sim-app")
	b.sets("#f-c-api-username", "sim-user")
	b.sets("#f-c-api-password", "sim-password")
	b.sets("#f-c-event-notification-callback-url", b.inbox.url)
	b.sets("#f-c-event-poller-refresh-interval", "0.0167")
	b.presses("#generate")
	b.presses("#optional > summary")
	b.sets("#f-tags", "news, "+hostile)
	b.presses("#delivery > summary")
	b.sets("#f-c-base-url", b.icURL)
	b.holds(`document.getElementById("curl").textContent.includes("sim-app")`, "the request follows the form")
	b.holds(`!document.getElementById("curl").textContent.includes("sim-password") && document.getElementById("curl").textContent.includes("********")`, "secrets are starred")
	b.presses("#f-r-0-drawer > summary")
	b.presses("#f-r-0-advanced > summary")
	b.sets("#f-r-0-updatedDateFormat", "yyyy-bb")
	b.sets("#f-r-0-sample", "2026-06-09 16:47:01")
	b.holds(`document.getElementById("f-r-0-date").classList.contains("bad")`, "a wrong format is told")
	b.sets("#f-r-0-updatedDateFormat", "yyyy-MM-dd HH:mm:ss")
	b.holds(`document.getElementById("f-r-0-date").textContent.includes("2026-06-09 20:47:01 UTC")`, "a sample is read in the zone of the field")
	b.presses("#do-test")
	b.reads("The callback took the test")
	b.presses("#do-try")
	b.reads("These are there already")
	b.looks("new-tried")
	b.presses("#do-create")
	b.reads("is connected")
	b.looks("made")
	b.presses("#open")
	b.reads("No event yet")
}

// watches sees the first event come, without loading the page again, and asks why.
func (b *browser) watches() (id string) {
	b.t.Helper()
	b.do("where", chromedp.Evaluate(`location.pathname.split("/")[3]`, &id))
	b.looks("overview-empty")
	contact := b.icontact.CreateContact(icontact.Contact{Email: "live@example.com", FirstName: hostile})
	b.reads("delivered")
	b.looks("overview")
	b.holds(`!!document.querySelector("#recent a.mono")`, "the event is listed")
	b.do("go to the event", chromedp.Evaluate(`{ const link = document.querySelector("#recent a.mono"); document.body.dataset.was = link.href; link.focus(); }`, nil))
	b.icontact.CreateContact(icontact.Contact{Email: "later@example.com"})
	b.holds(`document.querySelectorAll("#recent a.mono").length > 1`, "the next event is shown")
	b.holds(`document.activeElement.href === document.body.dataset.was`, "the focus is still on the event before")
	b.do("go back", chromedp.Evaluate(`document.activeElement.blur()`, nil))
	b.pressesSlowly("#recent tr:last-child a.mono", func() { b.icontact.CreateContact(icontact.Contact{Email: "meanwhile@example.com"}) })
	b.reads(contact.ID)
	b.reads("Why it was told")
	b.reads("onerror=alert(1)") // in the payload, as text
	b.looks("event")
	b.presses("#why a")
	b.reads("The story of")
	b.looks("object")
	for _, tab := range []string{"polls", "events", "deadletters", "checkpoints", "settings"} {
		b.open("/console/instances/" + id + "/" + tab)
		b.looks(tab)
	}
	b.open("/console/instances")
	b.listed("running")
	b.looks("instances")
	b.open("/console")
	b.reads("Needs attention")
	b.looks("home")
	return id
}

// pressesSlowly holds the button of the mouse down on an element while something changes on the page around it. The click is that element's.
func (b *browser) pressesSlowly(selector string, change func()) {
	b.t.Helper()
	var at struct{ X, Y float64 }
	b.do("find "+selector, chromedp.ScrollIntoView(selector, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`(() => {
		const element = document.querySelector(%s), box = element.getBoundingClientRect();
		window.charts = document.getElementById("charts").innerHTML;
		window.rows = document.querySelectorAll("#recent tr").length;
		addEventListener("pointerdown", (event) => { window.down = event.target; }, {once: true, capture: true});
		return {x: box.x + box.width / 2, y: box.y + box.height / 2};
	})()`, quote(selector)), &at))
	mouse := func(kind input.MouseType) chromedp.Action {
		return chromedp.MouseEvent(kind, at.X, at.Y, chromedp.ButtonType(input.Left), chromedp.ClickCount(1))
	}
	b.do("press "+selector, mouse(input.MousePressed))
	change()
	b.holds(`window.down && document.getElementById("charts").innerHTML !== window.charts`, "the rest of the page goes on")
	b.holds(`window.down.isConnected && document.querySelectorAll("#recent tr").length === window.rows`, "what is pressed stays")
	b.do("let go", mouse(input.MouseReleased))
}

// pauses, and sees that what waits comes when it is resumed; then the same with the list.
func (b *browser) pauses(id string) {
	b.t.Helper()
	b.open("/console/instances/" + id)
	b.presses("#do-pause")
	b.reads("Nothing is sent until it is resumed")
	contact := b.icontact.CreateContact(icontact.Contact{Email: "paused@example.com"})
	b.open("/console/instances/" + id + "/events?state=paused")
	b.listed("paused")
	if got := b.inbox.events(contact.ID); len(got) > 0 {
		b.t.Errorf("while it was paused came %v", got)
	}
	b.presses("#do-resume")
	b.reads("Resumed.")
	b.await("what waited comes", func() bool { return len(b.inbox.events(contact.ID)) > 0 })
	b.open("/console/instances")
	b.presses("#choose-" + id)
	b.presses("button[value=pause]")
	b.listed("paused")
	b.reads("Done with all that were chosen")
	b.presses("#choose-" + id)
	b.presses("button[value=resume]")
	b.listed("running")
}

// listed waits until the list of instances shows the first in a state.
func (b *browser) listed(state string) {
	b.t.Helper()
	b.holds(`document.querySelector("#rows .state")?.textContent === `+quote(state), "the list shows the state "+state)
}

func (b *browser) rewinds(id string) {
	b.t.Helper()
	b.open("/console/instances/" + id + "/checkpoints")
	b.do("set the time", chromedp.Evaluate(`document.querySelector("input[name=mark]").value = "2020-01-01T00:00:00"`, nil))
	b.presses("button[value=preview]")
	b.reads("Nothing has been moved yet")
	b.looks("rewind")
	before := len(b.inbox.letters())
	b.presses("#do-rewind")
	b.reads("The mark was put back")
	b.await("events are told again", func() bool { return len(b.inbox.letters()) > before })
	b.presses("details[id^=history] > summary")
	b.reads("user")
}

// redelivers sends an event again, and one that was given up.
func (b *browser) redelivers(id string) {
	b.t.Helper()
	b.open("/console/instances/" + id + "/events?state=delivered")
	b.presses("#rows td a")
	b.reads("Why it was told")
	before := len(b.inbox.letters())
	b.presses("#do-redeliver")
	b.reads("It is on its way again")
	b.await("it comes again", func() bool { return len(b.inbox.letters()) > before })
	b.inbox.answer(http.StatusUnprocessableEntity)
	defer b.inbox.answer(http.StatusOK)
	b.owner.ok(http.MethodPatch, "/instances/"+id, map[string]any{"configuration": map[string]any{"event.notification.retries": "none"}})
	contact := b.icontact.CreateContact(icontact.Contact{Email: "gone@example.com"})
	b.open("/console/instances/" + id + "/deadletters")
	b.reads("Send again")
	b.looks("deadletters-some")
	b.presses("#rows td a")
	b.reads("gone@example.com")
	b.looks("deadletter")
	b.inbox.answer(http.StatusOK)
	b.presses("main section button.primary")
	b.reads("It is on its way again")
	b.await("the dead letter comes", func() bool { return len(b.inbox.events(contact.ID)) > 0 })
}

// changes the settings; a secret that is not typed stays.
func (b *browser) changes(id string) {
	b.t.Helper()
	b.open("/console/instances/" + id + "/settings")
	b.sets("#f-c-event-poller-refresh-interval", "often")
	b.presses("#do-change")
	b.reads("should be a number of minutes")
	b.looks("settings-faults")
	b.sets("#f-c-event-poller-refresh-interval", "0.02")
	b.sets("#f-name", "Renamed")
	b.holds(`document.getElementById("f-r-0-on").checked`, "the resource is polled")
	b.do("type into the URL", chromedp.Evaluate(`{ const url = document.getElementById("f-r-0-url"); url.value += "?raw=1"; url.dispatchEvent(new Event("input", {bubbles: true})); }`, nil))
	b.holds(`document.getElementById("f-raw").value.includes("?raw=1")`, "the raw JSON follows the fields")
	b.do("type it out", chromedp.Evaluate(`{ const url = document.getElementById("f-r-0-url"); url.value = url.defaultValue; }`, nil))
	b.presses("#do-change")
	b.reads("The changes are saved")
	now := b.owner.ok(http.MethodGet, "/instances/"+id, nil).object()
	configuration := now["configuration"].(map[string]any)
	if now["name"] != "Renamed" || configuration["event.poller.refresh_interval"] != "0.02" || configuration["api.password"] != "********" || configuration["event.notification.retries"] != "none" {
		b.t.Errorf("after the change: %v", now)
	}
	contact := b.icontact.CreateContact(icontact.Contact{Email: "after@example.com"})
	b.await("it is polled with the password that it had", func() bool { return len(b.inbox.events(contact.ID)) > 0 })
	b.presses("#do-test")
	b.reads("The callback took the test")
}

func (b *browser) deletes(id string) {
	b.t.Helper()
	b.open("/console/instances/" + id + "/delete")
	b.looks("delete")
	b.sets("#name", "another")
	b.presses("#do-delete")
	b.reads("This is not the name")
	b.sets("#name", "Renamed")
	b.presses("#do-delete")
	b.reads("The instance was deleted")
	b.owner.call(http.MethodGet, "/instances/"+id, nil, http.StatusNotFound)
}

// TestConsoleWithOAuthByKeyboard connects Act-On by keys alone, through the page of its consent, to the first event that is seen to come.
func TestConsoleWithOAuthByKeyboard(t *testing.T) {
	t.Parallel()
	b := newBrowser(newJourney(t))
	b.open("/console")
	b.tabsTo("#user")
	b.keys(b.owner.user)
	b.tabsTo("#organization")
	b.keys(b.owner.organization, kb.Enter)
	b.reads("Nothing is connected yet")
	b.tabsTo(`a[href$="/instances/new"]`)
	b.keys(kb.Enter)
	b.reads("Which provider")
	b.tabsTo(`a[href$="/new/acton"]`)
	b.keys(kb.Enter)
	b.reads("New Act-On instance")
	for _, field := range [][2]string{
		{"#f-name", "CRM"}, {"#f-c-oauth-api-key", "sim-client"}, {"#f-c-oauth-api-secret", "sim-secret"},
	} {
		b.tabsTo(field[0])
		b.keys(field[1])
	}
	b.tabsTo("#optional > summary")
	b.keys(kb.Enter)
	b.tabsTo("#f-c-listId")
	b.keys("l-0001")
	b.tabsTo("#f-c-event-notification-callback-url")
	b.keys(b.inbox.url)
	b.tabsTo("#f-c-event-poller-refresh-interval")
	b.keys("0.0167")
	b.tabsTo("#delivery > summary")
	b.keys(kb.Enter)
	b.tabsTo("#f-c-base-url")
	b.keys(b.actURL)
	b.tabsTo("#do-create")
	b.keys(kb.Enter)
	b.consents()
	b.reads("Connected.")
	contact := b.createContact()
	b.reads("delivered")
	b.await("the callback got it", func() bool { return len(b.inbox.events(contact)) > 0 })
	b.looks("overview-acton")
	b.presses("#do-reauthorize")
	b.consents()
	b.reads("Connected.")
}

// consents goes through the provider's own page.
func (b *browser) consents() {
	b.t.Helper()
	b.holds(`location.href.includes("/authorize") || document.querySelector("#consent") !== null`, "the way to the provider is shown")
	b.holds(`document.querySelector("button[value=allow]") !== null`, "the provider's page asks")
	b.presses("button[value=allow]")
}

func (b *browser) createContact() string {
	b.t.Helper()
	entry, err := b.acton.CreateContact(acton.Contact{Fields: map[string]string{"E-mail Address": "oauth@example.com"}})
	if err != nil {
		b.t.Fatal(err)
	}
	return entry.ID
}

// TestConsoleWithoutScript goes the main way with scripts off.
func TestConsoleWithoutScript(t *testing.T) {
	t.Parallel()
	b := newBrowser(newJourney(t))
	b.do("no scripts", emulation.SetScriptExecutionDisabled(true))
	b.signsIn()
	b.open("/console/instances/new/icontact")
	for selector, text := range map[string]string{
		"#f-name": "Plain", "#f-c-AppID": "sim-app", "#f-c-api-username": "sim-user", "#f-c-api-password": "sim-password",
		"#f-c-event-notification-callback-url": b.inbox.url, "#f-c-event-poller-refresh-interval": "0.0167", "#f-c-base-url": b.icURL,
	} {
		b.do("fill in "+selector, chromedp.SetValue(selector, text, chromedp.ByQuery))
	}
	b.presses("#do-check")
	b.reads("Everything is in order")
	b.reads("curl -X POST")
	b.presses("#do-create") // the password is still there
	b.reads("is connected")
	b.presses("#open")
	contact := b.icontact.CreateContact(icontact.Contact{Email: "plain@example.com"})
	b.await("the event comes", func() bool { return len(b.inbox.events(contact.ID)) > 0 })
	b.readsAnew("delivered") // what the callback took is noted a little later
	b.presses("#do-pause")
	b.reads("Nothing is sent until it is resumed")
	b.presses("#do-resume")
	b.reads("Resumed.")
}

// TestConsoleShowsFaultsOfOthersAsText: a provider, a callback and an adapter's file that say what would be markup.
func TestConsoleShowsFaultsOfOthersAsText(t *testing.T) {
	t.Parallel()
	b := newBrowser(newJourney(t))
	shouting := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, hostile)
	}))
	t.Cleanup(shouting.Close)
	body := map[string]any{"element": map[string]any{"key": "icontact"}, "name": "Loud", "tags": []string{hostile}, "configuration": map[string]any{
		"AppID": hostile, "api.username": "u", "api.password": "p", "base.url": shouting.URL, "event.notification.enabled": true,
		"event.notification.callback.url": shouting.URL, "event.poller.refresh_interval": "0.0167",
	}}
	id := fmt.Sprint(int64(b.owner.ok(http.MethodPost, "/instances", body).object()["id"].(float64)))
	b.signsIn()
	for _, path := range []string{
		"/console", "/console/instances?q=" + hostileQuery + "&tags=" + hostileQuery + "&state=" + hostileQuery, "/console/instances/" + id, "/console/instances/" + id + "/polls?resource=" + hostileQuery,
		"/console/instances/" + id + "/events?objectId=" + hostileQuery + "&from=" + hostileQuery, "/console/instances/" + id + "/objects?objectId=" + hostileQuery,
		"/console/instances/" + id + "/settings", "/console/return?error=" + hostileQuery + "&error_description=" + hostileQuery + "&to=" + hostileQuery, "/console/" + hostileQuery,
		"/console/instances/" + id + "/events/" + hostileQuery, "/console/elements/" + hostileQuery, "/console/sign-in?to=" + hostileQuery, "/console/instances?done=" + hostileQuery,
	} {
		b.open(path)
		b.holds(`document.readyState === "complete" && document.querySelector("img[src=x], main script") === null`, path+" has no markup of others")
	}
	b.open("/console/instances/" + id + "/settings")
	b.presses("#do-test")
	b.reads("onerror=alert(1)")
}

// hostileQuery is hostile in an address.
var hostileQuery = func() string {
	var b strings.Builder
	for _, c := range []byte(hostile) {
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}()
