package instance

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func text(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func resourceNames(made *Made) (names []string) {
	for _, r := range made.Instance.Resources {
		names = append(names, r.Name)
	}
	return names
}

// The line is the published example, with iContact's resource.
func TestLegacyLines(t *testing.T) {
	t.Parallel()
	const format = "yyyy-MM-dd'T'HH:mm:ssZ"
	lines := "accounts|/hubs/crm/contacts?where=LastModifiedDate>=${date}||LastModifiedDate|" + format + "||CreatedDate|" + format +
		"\r\n\n contacts | /hubs/crm/contacts |//x|createDate\n"
	made := mustMake(t, icontactBody(`"event.poller.urls":`+text(lines)), icontact())
	const path = "configuration['event.poller.urls']"
	expect(t, "warning", made.Warnings,
		Problem{path + ".accounts.idField", `"contactId" is used`}, Problem{path + ".accounts.datesConfiguration", `date in "createDate"`},
		Problem{path + ".contacts.idField", `"contactId" is used`}, Problem{path + ".contacts", "XPath filter is not read"})
	if !slices.Equal(resourceNames(made), []string{"accounts", "contacts"}) {
		t.Fatalf("resources %+v", made.Instance.Resources)
	}
	want := Fields{"contactId", DateField{"LastModifiedDate", format, ""}, DateField{"CreatedDate", format, ""}}
	if got := made.Instance.Resources[0].Fields; got != want {
		t.Errorf("fields %+v, want %+v", got, want)
	}
	var shown map[string]entry
	if err := json.Unmarshal([]byte(made.Instance.View()[KeyResources]), &shown); err != nil || shown["accounts"].URL != "/hubs/crm/contacts?where=LastModifiedDate>=${date}" {
		t.Errorf("shown %v, error %v", shown, err)
	}
}

func TestLegacyLinesAtFault(t *testing.T) {
	t.Parallel()
	const path = "configuration['event.poller.urls']"
	lines := "a|/nothing\na|/contacts\nb|/contacts||x|bogus\n|/contacts\nc|/contacts|1|2|3|4|5|6|7|8"
	wrong := invalid(t, icontactBody(`"event.poller.urls":`+text(lines)), icontact())
	expect(t, "fault", wrong.Problems, Problem{path + ".a", "more than once"}, Problem{path, "at most 9 parts between |, has 10"},
		Problem{path + ".b.datesConfiguration.updatedDateFormat", "date format"}, Problem{path + "['']", "should have a name"})
	made := mustMake(t, icontactBody(`"event.poller.urls":"a|/contacts",`+contacts(`"url":"/contacts","idField":"contactId"`)), icontact())
	expect(t, "warning", made.Warnings, Problem{path, "is ignored: event.poller.configuration is given too"})
}

func TestChoice(t *testing.T) {
	t.Parallel()
	given := `"event.poller.configuration":{"a":{"url":"/contacts","idField":"contactId","datesConfiguration":{"updatedDateField":"createDate","createdDateField":"createDate"}},
		"b":{"url":"/messages","idField":"messageId","datesConfiguration":{"updatedDateField":"createDate","createdDateField":"createDate"}}}`
	tests := []struct {
		more string
		want []string
	}{
		{`"event.objects":"contacts"`, []string{"contacts"}},
		{`"event.objects":" Messages , contacts,"`, []string{"contacts", "messages"}},
		{`"event.objects":""`, []string{"contacts", "messages"}},
		{`"event.poller.urls":"messages"`, []string{"messages"}},
		{`"event.poller.urls":"messages|contacts"`, []string{"contacts", "messages"}},
		{`"event.poller.urls":"messages\ncontacts\n"`, []string{"contacts", "messages"}},
		{`"event.objects":"a",` + given, []string{"a"}},
		{`"event.poller.urls":"b",` + given, []string{"b"}},
		{`"event.poller.urls":"b","event.objects":"a",` + given, []string{"a", "b"}},
		{`"event.objects":"y","event.poller.urls":"x|/contacts||createDate\ny|/messages||createDate"`, []string{"y"}},
	}
	for _, tt := range tests {
		made := mustMake(t, icontactBody(tt.more), icontact())
		if got := resourceNames(made); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.more, got, tt.want)
		}
	}
	wrong := invalid(t, icontactBody(`"event.objects":"Account,contacts"`), icontact())
	expect(t, "fault", wrong.Problems, Problem{"configuration['event.objects']", `"Account" is not a resource that can be chosen here; there are: contacts, messages, lists`})
	body := icontactBody(`"event.objects":"b",` + strings.Replace(given, "/contacts", "/nothing", 1))
	expect(t, "fault", invalid(t, body, icontact()).Problems, Problem{poller + ".a.url", "is not a resource"})
}
