package deliver

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/store"
)

func TestMetaOfVersion1IsRead(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/icontact.row.v1.golden")
	if err != nil {
		t.Fatal(err)
	}
	meta, err := hex.DecodeString(strings.TrimSpace(string(text[strings.Index(string(text), "meta ")+len("meta "):])))
	if err != nil {
		t.Fatal(err)
	}
	got, err := ReadMeta(meta)
	want := Meta{Events: 2, Resource: "contacts", Formed: time.Date(2026, 6, 9, 20, 47, 1, 250e6, time.UTC), ContentType: jsonType}
	if err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for n := range 8 {
		if _, err := ReadMeta(meta[:n]); err == nil {
			t.Errorf("%d bytes of meta are read", n)
		}
	}
	if _, err := ReadMeta([]byte{9, 1, 1}); err == nil || !strings.Contains(err.Error(), "version 9") {
		t.Errorf("an unknown version: %v", err)
	}
}

func FuzzReadMeta(f *testing.F) {
	f.Add(Meta{Events: 10, Resource: "contacts", Formed: time.UnixMilli(1)}.encode())
	f.Add(Meta{Events: 1, Resource: "contacts", ContentType: cloudEventsType}.encode())
	f.Add(Form(source(), contacts(3))[0].Meta)
	f.Add(again(store.Notification{Meta: Meta{Events: 1}.encode()}).Meta)
	f.Fuzz(func(t *testing.T, b []byte) {
		meta, err := ReadMeta(b)
		if err != nil {
			return
		}
		if again, err := ReadMeta(meta.encode()); err != nil || again != meta {
			t.Errorf("%+v became %+v, %v", meta, again, err)
		}
		told, err := meta.Told()
		if err != nil {
			return
		}
		for _, event := range told { // what was read once is read the same again
			one := Meta{Formed: meta.Formed, told: string(appendTold(nil, event, meta.Formed))}
			if again, err := one.Told(); err != nil || len(again) != 1 || again[0].EventID != event.EventID || again[0].Kind != event.Kind {
				t.Errorf("%+v became %+v, %v", event, again, err)
			}
		}
	})
}
