package api

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func TestElements(t *testing.T) {
	t.Parallel()
	w := setup(t)
	r := w.call("GET", "/elements", "", "Authorization:")
	var list []map[string]any
	if err := json.Unmarshal([]byte(r.text), &list); err != nil || r.status != 200 || len(list) != 2 {
		t.Fatalf("%d %v %s", r.status, err, r.text)
	}
	for i, key := range []string{"acton", "icontact"} {
		if list[i]["key"] != key || list[i]["hub"] != "marketing" || list[i]["version"] != "1.0.0" {
			t.Errorf("element %d: %v", i, list[i])
		}
	}
	if hosts := fmt.Sprint(list[0]["allowedHosts"]); hosts != "[api.actonsoftware.com login.actonsoftware.com]" {
		t.Errorf("hosts of acton: %s", hosts)
	}
	if events := list[0]["events"].(map[string]any); list[0]["typeOauth"] != true || events["supported"] != false || len(events["methods"].([]any)) != 0 {
		t.Errorf("acton: %v", list[0])
	}
	first := w.call("GET", "/elements?pageSize=1", "")
	token := first.header.Get("Elements-Next-Page-Token")
	if second := w.call("GET", "/elements?pageSize=1&nextPage="+token, ""); token != "acton" ||
		!strings.Contains(second.text, `"key":"icontact"`) || second.header.Get("Elements-Next-Page-Token") != "" {
		t.Errorf("pages: token %q, then %s", token, second.text)
	}
}

func TestElementDetail(t *testing.T) {
	t.Parallel()
	w := setup(t)
	byKey := w.call("GET", "/elements/icontact", "")
	if byID := w.call("GET", platformBase+"/elements/13766", ""); byID.text != byKey.text || byKey.status != 200 {
		t.Fatalf("by key %d %s, by id %s", byKey.status, byKey.text, byID.text)
	}
	el := byKey.object(t)
	entries := map[string]map[string]any{}
	for _, e := range el["configuration"].([]any) {
		entry := e.(map[string]any)
		// The platform's schema requires these three.
		for _, key := range []string{"name", "key", "description"} {
			if text, ok := entry[key].(string); !ok || text == "" && key != "description" {
				t.Errorf("entry %v: %s = %v", entry["key"], key, entry[key])
			}
		}
		entries[entry["key"].(string)] = entry
	}
	for key, want := range map[string]string{
		"api.version":                "TEXTFIELD_128 2.2 false",
		"api.password":               "PASSWORD <nil> true",
		"event.notification.enabled": "BOOLEAN false false", // from here on as the platform's own entries
		"event.vendor.type":          "TEXTFIELD_128 polling false",
		"event.notification.format":  "TEXTFIELD_128 elements false",
		"event.notification.order":   "TEXTFIELD_128 object false",
		"event.notification.lanes":   "TEXTFIELD_128 4 false",
		"event.notification.batch":   "TEXTFIELD_128 <nil> false",
		"event.notification.retries": "TEXTFIELD_128 standard false",
		"event.notification.rate":    "TEXTFIELD_128 <nil> false",

		"event.notification.callback.headers": "PASSWORD <nil> false",
		"event.notification.basic.username":   "TEXTFIELD_128 <nil> false",
		"event.notification.basic.password":   "PASSWORD <nil> false",
		"event.poller.refresh_interval":       "TEXTFIELD_128 15 false",
		"event.poller.configuration":          "TEXTAREA <nil> false",
	} {
		if got := fmt.Sprint(entries[key]["type"], entries[key]["defaultValue"], entries[key]["required"]); strings.Join(strings.Fields(got), "") != strings.ReplaceAll(want, " ", "") {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	events := el["events"].(map[string]any)
	if fmt.Sprint(events["supported"], events["methods"]) != "true [polling]" {
		t.Errorf("events: %v", events)
	}
	contacts := events["polling"].(map[string]any)["contacts"].(map[string]any)
	if contacts["url"] != "/hubs/general/contacts" || contacts["datesConfiguration"].(map[string]any)["updatedDateTimezone"] != "America/New_York" {
		t.Errorf("polling: %v", contacts)
	}
	resources := el["resources"].([]any)
	if users := resources[1].(map[string]any); len(resources) != 2 || users["name"] != "users" || users["poll"] != nil {
		t.Errorf("resources: %v", resources)
	}
}

func TestElementsToTheLastDetail(t *testing.T) {
	t.Parallel()
	w := setup(t)
	if r := w.call("GET", "/elements/keys", "", "Authorization:"); r.text != `["acton","icontact"]`+"\n" {
		t.Errorf("keys: %d %s", r.status, r.text)
	}
	for _, path := range []string{"/elements/icontact/metadata", "/elements/13766/metadata?expand=true"} {
		m := w.call("GET", path, "", "Authorization:").object(t)
		polling := m["events"].(map[string]any)["polling"].(map[string]any)
		if m["key"] != "icontact" || polling["contacts"] == nil || polling["users"] != nil || len(m["resources"].([]any)) != 2 {
			t.Errorf("%s: %v", path, m)
		}
	}
	var all, entries []map[string]any
	r := w.call("GET", "/elements/metadata", "")
	if err := json.Unmarshal([]byte(r.text), &all); err != nil || len(all) != 2 || all[0]["key"] != "acton" {
		t.Errorf("all metadata: %v, %s", err, r.text)
	}
	r = w.call("GET", "/elements/icontact/configuration", "")
	if err := json.Unmarshal([]byte(r.text), &entries); err != nil || len(entries) < 10 || entries[0]["key"] != "api.version" {
		t.Errorf("configuration: %v, %s", err, r.text)
	}
	for _, path := range []string{"/elements/999999999999/metadata", "/elements/none/configuration"} {
		if r := w.call("GET", path, ""); r.status != 404 || !strings.Contains(r.text, "No element found with ID") {
			t.Errorf("%s: %d %s", path, r.status, r.text)
		}
	}
}
