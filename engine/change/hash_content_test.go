package change

import "testing"

func TestDigestLeavesOutWhatIsExcluded(t *testing.T) {
	t.Parallel()
	const record = `{"id":1,"score":5,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`
	cases := []struct {
		name    string
		exclude []string
		other   string
		same    bool
	}{
		{"nothing excluded, order and space", nil, `{ "score": 5, "id":1,"meta":{"by":"x","seen":1},"items":[{"n":2,"price":1},{"price":2,"n":3}],"tags":["x"],"a.b":7 }`, true},
		{"nothing excluded, another score", nil, `{"id":1,"score":6,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, false},
		{"a field", []string{"score"}, `{"id":1,"score":6,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, true},
		{"a field that is gone", []string{"score"}, `{"id":1,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, true},
		{"a nested field", []string{"meta.seen"}, `{"id":1,"score":5,"meta":{"seen":2,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, true},
		{"beside a nested field", []string{"meta.seen"}, `{"id":1,"score":5,"meta":{"seen":1,"by":"y"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, false},
		{"the same name elsewhere", []string{"meta.score"}, `{"id":1,"score":6,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, false},
		{"in every item", []string{"items.price"}, `{"id":1,"score":5,"meta":{"seen":1,"by":"x"},"items":[{"price":8,"n":2},{"price":9,"n":3}],"a.b":7,"tags":["x"]}`, true},
		{"the order of items", []string{"items.price"}, `{"id":1,"score":5,"meta":{"seen":1,"by":"x"},"items":[{"price":2,"n":3},{"price":1,"n":2}],"a.b":7,"tags":["x"]}`, false},
		{"a name with a dot", []string{"a.b"}, `{"id":1,"score":5,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":8,"tags":["x"]}`, true},
		{"a whole object and below it", []string{"meta.seen", "meta", "meta.by"}, `{"id":1,"score":5,"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, true},
		{"two fields", []string{"score", "['tags']"}, `{"id":1,"score":6,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["y"]}`, true},
		{"null is not nothing", nil, `{"id":1,"score":null,"meta":{"seen":1,"by":"x"},"items":[{"price":1,"n":2},{"price":2,"n":3}],"a.b":7,"tags":["x"]}`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var paths []Path
			for _, text := range c.exclude {
				paths = append(paths, path(t, text))
			}
			without := exclude(paths)
			if same := contentOf(record, without) == contentOf(c.other, without); same != c.same {
				t.Errorf("same content: %t, want %t", same, c.same)
			}
		})
	}
}

func TestContentNameIsOfTheSetOfFields(t *testing.T) {
	t.Parallel()
	name := func(fields ...string) string {
		var r HashRule
		for _, f := range fields {
			r.Exclude = append(r.Exclude, path(t, f))
		}
		return r.contentName()
	}
	if name("a", "b") != name("b", "a", "b") || name("a") == name("a", "b") || name() == name("a") {
		t.Error("the name does not stand for the set of excluded fields")
	}
}

func TestHashRuleCheck(t *testing.T) {
	t.Parallel()
	id := path(t, "id")
	for _, bad := range []HashRule{{}, {ID: id, Exclude: []Path{{}}}} {
		if bad.Check() == nil {
			t.Errorf("%+v passes", bad)
		}
	}
}
