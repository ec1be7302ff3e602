package instance

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestDeliveryWishes(t *testing.T) {
	t.Parallel()
	const s, m, h = time.Second, time.Minute, time.Hour
	twenty := strings.Repeat("1,", 19) + "1"
	for _, c := range []struct {
		given string
		want  Delivery
		shown map[string]string
		warns string // "" = nothing about delivery
	}{
		{``, Delivery{}, map[string]string{KeyFormat: "elements", KeyBatch: "10", KeyOrder: "object", KeyLanes: "4", KeyRetries: "standard", KeyRate: ""}, ""},
		{`"event.notification.format":null,"event.notification.batch":"","event.notification.order":" ","event.notification.lanes":null,
			"event.notification.retries":"","event.notification.rate":""`, Delivery{}, map[string]string{KeyBatch: "10", KeyRetries: "standard"}, ""},
		{`"event.notification.format":" Elements ","event.notification.batch":10`, Delivery{Format: "elements", Batch: 10}, map[string]string{KeyFormat: "elements"}, ""},
		{`"event.notification.format":"cloudevents"`, Delivery{Format: "cloudevents"}, map[string]string{KeyFormat: "cloudevents", KeyBatch: "1"}, ""},
		{`"event.notification.format":"standard","event.notification.batch":"100"`, Delivery{Format: "standard", Batch: 100}, map[string]string{KeyBatch: "100"}, ""},
		{`"event.notification.order":"STRICT"`, Delivery{Order: "strict"}, map[string]string{KeyOrder: "strict", KeyLanes: "1"}, ""},
		{`"event.notification.order":"strict","event.notification.lanes":8`, Delivery{Order: "strict", Lanes: 1}, map[string]string{KeyLanes: "1"}, "the order \"strict\" has one lane"},
		{`"event.notification.order":"none","event.notification.lanes":"64"`, Delivery{Order: "none", Lanes: 64}, map[string]string{KeyOrder: "none", KeyLanes: "64"}, ""},
		{`"event.notification.rate":0.25`, Delivery{Rate: 0.25}, map[string]string{KeyRate: "0.25"}, ""},
		{`"event.notification.rate":"100"`, Delivery{Rate: 100}, map[string]string{KeyRate: "100"}, ""},
		{`"event.notification.retries":"Standard"`, Delivery{}, map[string]string{KeyRetries: "standard"}, ""},
		{`"event.notification.retries":"elements"`, Delivery{RetryAs: "elements"}, map[string]string{KeyRetries: "elements"}, ""},
		{`"event.notification.retries":"none"`, Delivery{Retries: []time.Duration{}}, map[string]string{KeyRetries: "none"}, ""},
		{`"event.notification.retries":[]`, Delivery{Retries: []time.Duration{}}, map[string]string{KeyRetries: "[]"}, ""},
		{`"event.notification.retries":"5s, 5m,2h"`, Delivery{Retries: []time.Duration{5 * s, 5 * m, 2 * h}}, map[string]string{KeyRetries: "5s, 5m,2h"}, ""},
		{`"event.notification.retries":"168h"`, Delivery{Retries: []time.Duration{168 * h}}, nil, ""},
		{`"event.notification.retries":["5s","1h30m",7,"0.5"]`, Delivery{Retries: []time.Duration{5 * s, 90 * m, 7 * s, s / 2}}, map[string]string{KeyRetries: `["5s","1h30m",7,"0.5"]`}, ""},
		{`"event.notification.retries":"[1, \"2m\"]"`, Delivery{Retries: []time.Duration{s, 2 * m}}, nil, ""},
		{`"event.notification.retries":30`, Delivery{Retries: []time.Duration{30 * s}}, nil, ""},
		{`"event.notification.retries":"` + twenty + `"`, Delivery{Retries: slicesOf(20, s)}, nil, ""},
	} {
		made := mustMake(t, icontactBody(c.given), icontact())
		if got := made.Instance.Events.Delivery; !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.given, got, c.want)
		}
		view := made.Instance.View()
		for key, want := range c.shown {
			if view[key] != want {
				t.Errorf("%s: %s is shown as %q, want %q", c.given, key, view[key], want)
			}
		}
		if warnings := texts(made.Warnings); !strings.Contains(warnings, c.warns) || strings.Contains(warnings, "event.notification") != (c.warns != "") {
			t.Errorf("%s: warnings %s, want %q", c.given, warnings, c.warns)
		}
	}
}

func slicesOf(n int, d time.Duration) (all []time.Duration) {
	for range n {
		all = append(all, d)
	}
	return all
}

func TestFaultsOfDeliveryWishes(t *testing.T) {
	t.Parallel()
	at := func(key, rest string) string { return "configuration['event.notification." + key + "']" + rest }
	for _, c := range []struct {
		given string
		want  []Problem
	}{
		{`"event.notification.format":"xml"`, []Problem{{at("format", ""), `should be "elements", "cloudevents" or "standard", is "xml"`}}},
		{`"event.notification.format":{}`, []Problem{{at("format", ""), "is an object"}}},
		{`"event.notification.batch":11`, []Problem{{at("batch", ""), `at most 10 with the format "elements", is 11`}}},
		{`"event.notification.batch":11,"event.notification.format":"elements"`, []Problem{{at("batch", ""), `at most 10 with`}}},
		{`"event.notification.batch":11,"event.notification.format":"xml"`, []Problem{{at("format", ""), ""}}},
		{`"event.notification.batch":101,"event.notification.format":"standard"`, []Problem{{at("batch", ""), "a whole number from 1 to 100"}}},
		{`"event.notification.batch":0`, []Problem{{at("batch", ""), "a whole number from 1 to 100"}}},
		{`"event.notification.batch":2.5`, []Problem{{at("batch", ""), "a whole number"}}},
		{`"event.notification.order":"random"`, []Problem{{at("order", ""), `should be "object", "strict" or "none"`}}},
		{`"event.notification.lanes":65`, []Problem{{at("lanes", ""), "from 1 to 64"}}},
		{`"event.notification.lanes":-1`, []Problem{{at("lanes", ""), "from 1 to 64"}}},
		{`"event.notification.rate":0`, []Problem{{at("rate", ""), "notifications a second"}}},
		{`"event.notification.rate":"NaN"`, []Problem{{at("rate", ""), "notifications a second"}}},
		{`"event.notification.rate":1e9`, []Problem{{at("rate", ""), "to 1000000"}}},
		{`"event.notification.rate":[1]`, []Problem{{at("rate", ""), "is a list"}}},
		{`"event.notification.retries":"5s, soon"`, []Problem{{at("retries", "[1]"), `is "soon"`}}},
		{`"event.notification.retries":"-5s"`, []Problem{{at("retries", "[0]"), "at most 7 days"}}},
		{`"event.notification.retries":"5s,,5s"`, []Problem{{at("retries", "[1]"), `is ""`}}},
		{`"event.notification.retries":[604801,"169h",1e300,"NaN"]`,
			[]Problem{{at("retries", "[0]"), "7 days"}, {at("retries", "[1]"), "7 days"}, {at("retries", "[2]"), "7 days"}, {at("retries", "[3]"), "7 days"}}},
		{`"event.notification.retries":[[5]]`, []Problem{{at("retries", "[0]"), "is a list"}}},
		{`"event.notification.retries":"[5"`, []Problem{{at("retries", ""), "should hold a JSON list"}}},
		{`"event.notification.retries":{"a":1}`, []Problem{{at("retries", ""), "is an object"}}},
		{`"event.notification.retries":true`, []Problem{{at("retries", "[0]"), `is "true"`}}},
		{`"event.notification.retries":"` + strings.Repeat("1,", 20) + `1"`, []Problem{{at("retries", ""), "at most 20 waits, are 21"}}},
		{`"event.notification.format":"x","event.notification.order":"x","event.notification.lanes":"x","event.notification.rate":"x","event.notification.retries":"x"`,
			[]Problem{{at("format", ""), ""}, {at("order", ""), ""}, {at("lanes", ""), ""}, {at("rate", ""), ""}, {at("retries", "[0]"), ""}}},
	} {
		expect(t, c.given+": fault", invalid(t, icontactBody(c.given), icontact()).Problems, c.want...)
	}
}
