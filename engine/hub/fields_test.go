package hub

import (
	"encoding/json"
	"testing"
)

func TestFields(t *testing.T) {
	t.Parallel()
	const record = `{ "id": 1e2, "Name":"J\u00f6rg", "a.b": 7, "address":{"city":"Ulm","zip":null,"geo":{"x":1,"y":null}},"tags":["x",null],"rows":[{"n":1,"m":null},5,{"n":2}],"gone":null}`
	for _, c := range []struct {
		fields string
		nulls  bool
		want   string
	}{
		{"", true, record},
		{"", false, `{"id":1e2,"Name":"J\u00f6rg","a.b":7,"address":{"city":"Ulm","geo":{"x":1}},"tags":["x",null],"rows":[{"n":1},5,{"n":2}]}`},
		{"id", true, `{"id":1e2}`},
		{"Name,id", true, `{"id":1e2,"Name":"J\u00f6rg"}`},
		{"a.b", true, `{"a.b":7}`},
		{"address.city", true, `{"address":{"city":"Ulm"}}`},
		{"address.geo, address.city", true, `{"address":{"city":"Ulm","geo":{"x":1,"y":null}}}`},
		{"address.geo.y", false, `{"address":{"geo":{}}}`},
		{"address.city,address", true, `{"address":{"city":"Ulm","zip":null,"geo":{"x":1,"y":null}}}`},
		{"address,address.city", true, `{"address":{"city":"Ulm","zip":null,"geo":{"x":1,"y":null}}}`},
		{"rows.n", true, `{"rows":[{"n":1},{"n":2}]}`},
		{"id.x,gone.y,nothing", true, `{}`},
		{"gone", true, `{"gone":null}`},
		{"gone", false, `{}`},
		{"['Name']", true, `{"Name":"J\u00f6rg"}`},
	} {
		var wrong faults
		got := readFields(c.fields, &wrong).shape(json.RawMessage(record), c.nulls)
		if string(got) != c.want || len(wrong) > 0 {
			t.Errorf("fields %q, nulls %v:\n%s\nwant\n%s %v", c.fields, c.nulls, got, c.want, wrong)
		}
	}
	var wrong faults
	if got := readFields("id", &wrong).shape(json.RawMessage(`"no object"`), false); string(got) != `"no object"` {
		t.Errorf("a record that is no object became %s", got)
	}
}
