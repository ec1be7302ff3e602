package command

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

var shots = flag.String("console.shots", "", "folder for pictures of the console's pages")

// browser is a real browser in front of the console.
type browser struct {
	*journey
	ctx context.Context
	mu  sync.Mutex
	bad []string // what the browser's console says that no page may cause
}

// newBrowser starts one; the test is skipped where there is none.
func newBrowser(j *journey) *browser {
	j.t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		j.t.Skip("no browser: apt-get install chromium runs this test")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WindowSize(1440, 900), chromedp.Flag("force-color-profile", "srgb"))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	j.t.Cleanup(stop)
	ctx, stop = chromedp.NewContext(ctx)
	j.t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 5*time.Minute)
	j.t.Cleanup(stop)
	b := &browser{journey: j, ctx: ctx}
	chromedp.ListenTarget(ctx, b.listen)
	if err := chromedp.Run(ctx, log.Enable(), page.Enable()); err != nil { // it lives as long as this context
		j.t.Fatalf("start the browser: %v", err)
	}
	j.t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, text := range b.bad {
			j.t.Errorf("the browser says: %s", text)
		}
	})
	return b
}

// listen notes what breaks the policy of a page, and what its script throws.
func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Source == log.SourceSecurity || strings.Contains(e.Entry.Text, "Content Security Policy") {
			b.bad = append(b.bad, e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		b.bad = append(b.bad, e.ExceptionDetails.Error())
	case *page.EventJavascriptDialogOpening:
		b.bad = append(b.bad, "a dialog: "+e.Message)
	}
}

func (b *browser) do(what string, actions ...chromedp.Action) {
	b.t.Helper()
	ctx, stop := context.WithTimeout(b.ctx, journeyPatience)
	defer stop()
	if err := chromedp.Run(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v\n%s", what, err, b.text())
	}
}

// text is what can be read on the page; for messages.
func (b *browser) text() (text string) {
	ctx, stop := context.WithTimeout(b.ctx, 5*time.Second)
	defer stop()
	if err := chromedp.Run(ctx, chromedp.Evaluate(`location.href + "\n" + document.body.innerText`, &text)); err != nil {
		return err.Error()
	}
	return text
}

func (b *browser) open(path string) {
	b.t.Helper()
	b.do("open "+path, chromedp.Navigate(b.program.url+path))
}

// reads waits until a text is on the page.
func (b *browser) reads(text string) {
	b.t.Helper()
	b.holds(fmt.Sprintf(`document.body && document.body.innerText.replaceAll("\u202f", " ").includes(%s)`, quote(text)), "the page reads "+text)
}

// readsAnew loads the page again until a text is on it: without scripts it stays as it was.
func (b *browser) readsAnew(text string) {
	b.t.Helper()
	b.await("the page reads "+text, func() bool {
		ctx, stop := context.WithTimeout(b.ctx, 10*time.Second)
		defer stop()
		err := chromedp.Run(ctx, chromedp.Reload()) // fails while the page before is still being left
		return err == nil && strings.Contains(b.text(), text)
	})
}

func (b *browser) holds(script, what string) {
	b.t.Helper()
	late := time.Now().Add(journeyPatience / 2)
	for {
		var ok bool
		ctx, stop := context.WithTimeout(b.ctx, 10*time.Second)
		err := chromedp.Run(ctx, chromedp.Evaluate(script, &ok))
		stop()
		if ok {
			return
		}
		if time.Now().After(late) {
			b.t.Fatalf("not so: %s (%v)\n%s", what, err, b.text())
		}
		time.Sleep(30 * time.Millisecond) // paces the asking; what is waited for decides
	}
}

func quote(text string) string {
	quoted, _ := json.Marshal(text)
	return string(quoted)
}

// presses clicks what a selector finds.
func (b *browser) presses(selector string) {
	b.t.Helper()
	b.finds("press", selector, chromedp.Click(selector, chromedp.ByQuery))
}

// sets types into a field in place of what is there.
func (b *browser) sets(selector, text string) {
	b.t.Helper()
	b.finds("focus", selector, chromedp.Focus(selector, chromedp.ByQuery), chromedp.Evaluate(fmt.Sprintf(`document.querySelector(%s).select()`, quote(selector)), nil))
	b.do("type into "+selector, chromedp.KeyEvent(text))
}

// finds does something with what a selector finds. A live page may put another element in its place between the two; then it is done with that one.
func (b *browser) finds(what, selector string, actions ...chromedp.Action) {
	b.t.Helper()
	for late := time.Now().Add(journeyPatience / 2); ; {
		ctx, stop := context.WithTimeout(b.ctx, journeyPatience/2)
		err := chromedp.Run(ctx, append([]chromedp.Action{chromedp.ScrollIntoView(selector, chromedp.ByQuery)}, actions...)...)
		stop()
		if err == nil {
			return
		}
		if said := strings.ToLower(err.Error()); !strings.Contains(said, "node") && !strings.Contains(said, "box model") || time.Now().After(late) {
			b.t.Fatalf("%s %s: %v\n%s", what, selector, err, b.text())
		}
	}
}

// keys presses keys one after the other.
func (b *browser) keys(keys ...string) {
	b.t.Helper()
	for _, key := range keys {
		b.do("press a key", chromedp.KeyEvent(key))
	}
}

// tabsTo walks by the Tab key until a selector has the focus.
func (b *browser) tabsTo(selector string) {
	b.t.Helper()
	for range 150 {
		b.keys(kb.Tab)
		var ok bool
		b.do("look at the focus", chromedp.Evaluate(fmt.Sprintf(`document.activeElement.matches(%s)`, quote(selector)), &ok))
		if ok {
			return
		}
	}
	b.t.Fatalf("the Tab key does not lead to %s\n%s", selector, b.text())
}

func (b *browser) signsIn() {
	b.t.Helper()
	b.open("/console")
	b.sets("#user", b.owner.user)
	b.sets("#organization", b.owner.organization)
	b.presses("main button")
	b.reads("Overview")
}

// looks holds a page against the rules of accessibility, light and dark, takes its picture at three widths, and sees that nothing of it sticks out.
func (b *browser) looks(name string) {
	b.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		b.do("colours", emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
		b.rules(name + ", " + scheme)
		for _, width := range []int64{1440, 768, 390} {
			b.do("width", emulation.SetDeviceMetricsOverride(width, 900, 1, false))
			b.holds(`document.documentElement.scrollWidth <= window.innerWidth`, fmt.Sprintf("%s is no wider than %d", name, width))
			b.shot(fmt.Sprintf("%s-%s-%d", name, scheme, width))
		}
		b.do("width", emulation.ClearDeviceMetricsOverride())
		b.holds(`window.innerWidth === 1440`, "the window is wide again") // what is pressed is found by its place
	}
	b.do("colours", emulation.SetEmulatedMedia())
}

func (b *browser) shot(name string) {
	if *shots == "" {
		return
	}
	var picture []byte
	b.do("take a picture", chromedp.FullScreenshot(&picture, 100))
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// axe is the rules of axe-core, where they are installed.
var axe = sync.OnceValue(func() string {
	script, err := os.ReadFile("../console/testdata/axe/node_modules/axe-core/axe.min.js")
	if err != nil {
		return ""
	}
	return string(script)
})

// rules runs axe-core on the page.
func (b *browser) rules(what string) {
	b.t.Helper()
	if axe() == "" {
		b.t.Log("no rules of accessibility: npm ci --prefix server/console/testdata/axe installs them")
		return
	}
	var faults []string
	run := func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }
	b.do("axe", chromedp.Evaluate(axe()+`;0`, nil), chromedp.Evaluate(
		`axe.run(document, {resultTypes: ["violations"]}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.html + " — " + n.failureSummary)))`, &faults, run))
	for _, fault := range faults {
		b.t.Errorf("%s: %s", what, fault)
	}
}
