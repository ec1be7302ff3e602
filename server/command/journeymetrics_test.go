package command

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/knadh/koanf/parsers/yaml"
)

var (
	// shownMetric is a figure of ours as /metrics says what it is.
	shownMetric = regexp.MustCompile(`(?m)^# TYPE (pollwright_\w+) (\w+)$`)
	// namedMetric is one that a page or a rule names, with the first label it wants.
	namedMetric = regexp.MustCompile(`\b(pollwright_[a-z_]+)(?:\{(\w+))?`)
)

// metrics: what the pages and the example rules name is shown, and what is shown has a row in a page. It comes when everything has been used.
func (j *journey) metrics() {
	text := string(visitor{journey: j}.ok(http.MethodGet, "/metrics", nil).body)
	shown := map[string]bool{"pollwright_record_lateness_seconds": true} // when the first record has come late
	for _, m := range shownMetric.FindAllStringSubmatch(text, -1) {
		shown[m[1]] = true
		if m[2] == "histogram" {
			shown[m[1]+"_bucket"], shown[m[1]+"_count"], shown[m[1]+"_sum"] = true, true, true
		}
	}
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) == 0 {
		j.t.Fatalf("no pages: %v", err)
	}
	rows := ""
	for _, file := range append(pages, "../../docs/ops/alerts.yml") {
		content, err := os.ReadFile(file)
		if err != nil {
			j.t.Fatal(err)
		}
		rows += string(content)
		for _, m := range namedMetric.FindAllStringSubmatch(string(content), -1) {
			if !shown[m[1]] {
				j.t.Errorf("%s names %s, which is not shown", file, m[1])
			}
			if label := m[2]; label != "" && !regexp.MustCompile(m[1]+`\{[^}]*\b`+label+`=`).MatchString(text) {
				j.t.Errorf("%s wants the label %s of %s, which has none", file, label, m[1])
			}
		}
	}
	for _, m := range shownMetric.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(rows, "| `"+m[1]+"` |") {
			j.t.Errorf("%s is shown and has no row in the pages", m[1])
		}
	}
	j.rules()
}

// rules: the example rules are in the form that Prometheus reads.
func (j *journey) rules() {
	content, err := os.ReadFile("../../docs/ops/alerts.yml")
	if err != nil {
		j.t.Fatal(err)
	}
	file, err := yaml.Parser().Unmarshal(content)
	if err != nil {
		j.t.Fatal(err)
	}
	groups, _ := file["groups"].([]any)
	count := 0
	for _, g := range groups {
		group, _ := g.(map[string]any)
		rules, _ := group["rules"].([]any)
		for _, r := range rules {
			rule, _ := r.(map[string]any)
			expr, _ := rule["expr"].(string)
			summary, _ := rule["annotations"].(map[string]any)
			if rule["alert"] == nil || expr == "" || summary["summary"] == nil || strings.Count(expr, "(") != strings.Count(expr, ")") || strings.Count(expr, "[") != strings.Count(expr, "]") {
				j.t.Errorf("a rule is not whole: %v", rule)
			}
			count++
		}
	}
	if count < 10 {
		j.t.Errorf("%d rules are read", count)
	}
}
