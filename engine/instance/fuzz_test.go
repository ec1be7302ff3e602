package instance

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/pollwright/pollwright/engine/header"
	"github.com/pollwright/pollwright/sdk"
)

// holds checks what callers rely on: an instance or an error they know, and an instance that needs no further check.
func holds(t *testing.T, made *Made, err error) {
	t.Helper()
	if err != nil {
		var invalid *InvalidError
		var syntax *SyntaxError
		switch {
		case made != nil:
			t.Fatalf("both an instance and the error %v", err)
		case errors.As(err, &invalid):
			if len(invalid.Problems) == 0 {
				t.Fatal("refused without a reason")
			}
		case errors.As(err, &syntax):
			if syntax.Line < 1 || syntax.Column < 1 || syntax.Message == "" {
				t.Fatalf("syntax error at line %d, column %d: %q", syntax.Line, syntax.Column, syntax.Message)
			}
		default:
			t.Fatalf("error of another kind: %v", err)
		}
		return
	}
	stored, err := json.Marshal(made.Instance)
	if err != nil {
		t.Fatal(err)
	}
	var again Instance
	if err := json.Unmarshal(stored, &again); err != nil {
		t.Fatal(err)
	}
	d := again.Events.Delivery
	if d.Batch < 0 || d.Batch > maxBatch || d.Lanes < 0 || d.Lanes > maxLanes || d.Rate < 0 || d.Rate > maxRate || len(d.Retries) > maxRetries ||
		(d.Retries == nil) != (made.Instance.Events.Retries == nil) || len(header.Check(made.Secrets.Headers)) > 0 {
		t.Fatalf("delivery %+v", d)
	}
	for _, wait := range d.Retries {
		if wait < 0 || wait > maxRetry {
			t.Fatalf("retries %v", d.Retries)
		}
	}
	for n := range again.Resources {
		r := &again.Resources[n]
		plan, err := r.Compile()
		if err != nil {
			t.Fatalf("resource %q: %v", r.Name, err)
		}
		if _, err := plan.URL.Expand(valuesOf(r)); err != nil {
			t.Fatalf("resource %q: %v", r.Name, err)
		}
		if plan.Rule.Window() <= 0 || again.Events.Interval < MinInterval || again.Events.Interval > MaxInterval {
			t.Fatalf("window %s, interval %s", plan.Rule.Window(), again.Events.Interval)
		}
	}
	if fmt.Sprintf("%+v", again.View()) != fmt.Sprintf("%+v", made.Instance.View()) {
		t.Fatal("what is stored shows differently")
	}
}

func FuzzBody(f *testing.F) {
	for _, body := range []string{icontactBody(""), actonBody(`"listId":"l"`), icontactBody(contacts(`"url":"/contacts"`)), icontactBody(dated(`"updatedDateField":"x"`)),
		`{"element":{"id":39},"tags":[{"name":"t"}],"configuration":{"event.poller.urls":"a|/contacts\nb"}}`,
		icontactBody(`"event.poller.configuration":"{\"a\":{\"url\":\"/contacts?x={y}\"}}","y":1,"event.objects":"A"`),
		icontactBody(`"event.notification.format":"standard","event.notification.batch":99,"event.notification.order":"none","event.notification.lanes":"9",
			"event.notification.rate":0.5,"event.notification.retries":"5s, 2h","event.notification.callback.headers":"A: b; C: d","event.notification.basic.username":"u"`),
		icontactBody(`"event.notification.retries":["5s",7],"event.notification.callback.headers":{"A":"b"}`),
		icontactBody(`"event.notification.retries":"[1,\"2h\"]","event.notification.callback.headers":"{\"A\":\"b\"}"`), `{"a":1,"a":[{}]}`, "\uFEFF{", "{\"\xff"} {
		f.Add([]byte(body))
	}
	for _, name := range []string{"icontact-printed.json", "icontact-curl.json", "acton-printed.txt", "acton-curl.txt"} {
		f.Add([]byte(fileOf(f, name)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, element := range []sdk.Manifest{icontact(), acton(), {Key: "bare", Name: "Bare"}} {
			made, err := make1(string(body), element)
			holds(t, made, err)
		}
	})
}

func fileOf(f *testing.F, name string) string {
	text, err := readFile(name)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

// FuzzResource fuzzes the texts of one resource, which the body's JSON would mostly hide.
func FuzzResource(f *testing.F) {
	f.Add("contacts", "/hubs/general/contacts}'", "contactId", "createDate", "yyyy-MM-dd' 'HH:mm:ss", "", "15", "")
	f.Add("c", "/contacts?where=a>'${dateTimeZone:{tz}:yyyy}'&pageSize=9", "['a b'].c", "d", "milliseconds'", "-8:00", "0.0166", "EST")
	f.Add("", "https://x/elements/api-v2/hubs/x/messages?where=x='1", " ", "", "", "GMT", "NaN", "../x")
	f.Fuzz(func(t *testing.T, name, url, id, field, format, zone, interval, value string) {
		resource := map[string]any{"url": url, "idField": id, "pageSize": interval, "datesConfiguration": map[string]any{
			"updatedDateField": field, "updatedDateFormat": format, "updatedDateTimezone": zone, "createdDateField": field + id, "createdDateFormat": format, "createdCheckTolerance": interval}}
		configuration := map[string]any{"AppID": "a", "api.username": "u", "api.password": "p", "event.notification.enabled": true, "tz": value, "x": value,
			"event.poller.refresh_interval": interval, "event.poller.configuration": map[string]any{name: resource},
			"event.poller.urls": name + "|" + url + "||" + field + "|" + format + "|" + zone}
		for range 2 { // as configuration, then as a legacy line
			body, err := json.Marshal(map[string]any{"element": map[string]any{"key": "icontact"}, "configuration": configuration})
			if err != nil {
				t.Skip()
			}
			made, err := make1(string(body), icontact())
			holds(t, made, err)
			delete(configuration, "event.poller.configuration")
		}
	})
}

func FuzzFindRoute(f *testing.F) {
	for _, url := range []string{"/hubs/x/orders/7?where=a='b'", "https://h/elements/api-v2/orders/%2E%2E", "/orders?pageSize=1&x='&y", "hubs/hubs/hubs"} {
		f.Add(url)
	}
	f.Fuzz(func(t *testing.T, url string) {
		route, err := FindRoute(shop(), url)
		if err == nil && (route.Resource.Name == "" || route.Params == nil || route.PageSize < 0 || route.PageSize > maxPageSize) {
			t.Errorf("route %+v", route)
		}
		for _, value := range route.Vars {
			if err == nil && (value == "" || value == "." || value == "..") {
				t.Errorf("route %+v", route)
			}
		}
	})
}
