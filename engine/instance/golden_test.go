package instance

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// stored is an instance with every field of the stored form in use.
func stored(t *testing.T) *Instance {
	t.Helper()
	made := mustMake(t, swap(t, icontactBody(`"folder":"12","event.notification.signature.key":"k","event.poller.refresh_interval":0.5,"base.url":"https://sandbox.example.com/icp",
		"event.poller.configuration":{"contacts":{"url":"/hubs/general/contacts?folder={folder}&where=createDate>='${gmtDate:yyyy-MM-dd HH:mm:ss}'","idField":"messageId",
		"filterByUpdatedDate":false,"filterByCurrentDate":true,"createdCheckTolerance":2,"pageSize":20,"pollDelay":30,
		"datesConfiguration":{"updatedDateField":"modified","updatedDateFormat":"milliseconds","createdDateField":"createDate","createdDateFormat":"yyyy-MM-dd HH:mm:ss"}}}`),
		`"name":"n"`, `"name":"Mine","tags":["one","two"]`), icontact())
	in := made.Instance
	in.ID, in.Organization, in.User, in.Disabled, in.SealedToken = 7950647, 291, 2749, true, []byte("sealed")
	return in
}

func TestStoredForm(t *testing.T) {
	t.Parallel()
	want := []byte(read(t, "instance.golden.json"))
	in := stored(t)
	got, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if got = append(got, '\n'); !bytes.Equal(got, want) {
		t.Errorf("the stored form changed: raise Format and add a golden file\n%s", got)
	}
	var back Instance
	if err := json.Unmarshal(want, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, in) {
		t.Errorf("read back %+v\nwant %+v", back, *in)
	}
	if back.Events.Delivery.Format != "" || back.View()[KeyLanes] != "4" || back.View()[KeyBatch] != "10" {
		t.Errorf("an instance of before there were wishes about delivery: %+v, shown %v", back.Events, back.View())
	}
	if back.Polled() {
		t.Error("a disabled instance is polled")
	}
	if _, err := back.Resources[0].Compile(); err != nil {
		t.Error(err)
	}
}

// What a reader of format 1 finds new in the events of an instance. An empty list of retries is none, and no list the standard one.
func TestStoredWishesAboutDelivery(t *testing.T) {
	t.Parallel()
	for name, retries := range map[string]string{"delivery.golden.json": `"5s, 1m"`, "": `"none"`} {
		in := mustMake(t, icontactBody(`"event.notification.format":"cloudevents","event.notification.batch":100,"event.notification.order":"none",
			"event.notification.lanes":64,"event.notification.rate":0.5,"event.notification.basic.username":"ann",
			"event.notification.retries":`+retries), icontact()).Instance
		got, err := json.MarshalIndent(in.Events, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, '\n'); name != "" && !bytes.Equal(got, []byte(read(t, name))) {
			t.Errorf("the stored form changed:\n%s", got)
		}
		var back Events
		if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, in.Events) || back.Retries == nil {
			t.Errorf("read back %+v, %v, want %+v", back, err, in.Events)
		}
	}
}
