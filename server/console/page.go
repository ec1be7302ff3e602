package console

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"path"
	"strings"

	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/engine/instance"
)

//go:embed pages/*.html
var pageFiles embed.FS

// policy is that of every page: all that it loads is a file of this server, and nothing is written inside of it. Forms go here only; a page that
// sends a visitor to a provider does so by a link.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what a loader answers: a template of pages/ and what it shows.
type page struct {
	Template string
	Title    string
	Tab      string // of the navigation
	View     any
	Live     bool   // it shows what changes
	Status   int    // 0 = 200
	Location string // the visitor is sent there instead
	Refresh  string // the visitor is sent there when the page is shown
}

// frame is what a template sees.
type frame struct {
	page
	Path, Proof, Theme, Zone, Version string
	Here                              string // path and query of the page
	User, Organization                string
	SignedIn, Admin                   bool
	Notice                            string
	Halted                            string
	Seen                              string // what of it is shown, for the live ones
}

// readPages parses each page with the layout and the parts.
func readPages() (map[string]*template.Template, error) {
	files, err := pageFiles.ReadDir("pages")
	if err != nil {
		return nil, err
	}
	common, err := template.New("layout").Funcs(functions).ParseFS(pageFiles, "pages/_*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), "_") {
			continue
		}
		t, err := common.Clone()
		if err == nil {
			_, err = t.ParseFS(pageFiles, path.Join("pages", f.Name()))
		}
		if err != nil {
			return nil, err
		}
		pages[strings.TrimSuffix(f.Name(), ".html")] = t
	}
	return pages, nil
}

func (v *visit) frame(p page) frame {
	f := frame{
		page: p, Path: Path, Proof: v.proof, Theme: v.theme(), Zone: v.zone.String(), Version: v.Version, Here: v.here(),
		SignedIn: v.proof != "", Admin: v.caller.Role == "server", Notice: notices[v.Query("done")], Halted: v.Engine.Halted(),
	}
	if f.SignedIn { // names are a courtesy: without them the page is as good
		if user, err := v.Engine.User(v.ctx, v.caller, v.caller.User); err == nil {
			f.User = user.Name
		}
		if org, err := v.Engine.Organization(v.ctx, v.caller, v.caller.Organization); err == nil {
			f.Organization = org.Name
		}
	}
	return f
}

// here is the page's own address without what was only for one showing.
func (v *visit) here() string {
	if v.Method() != fiber.MethodGet {
		return Path
	}
	if text := v.queryWithout("done", "live", "seen"); text != "" {
		return v.Path() + "?" + text
	}
	return v.Path()
}

// queryWithout is the query of the address, as it came, without some of its parameters.
func (v *visit) queryWithout(names ...string) string {
	var args fasthttp.Args
	v.Request().URI().QueryArgs().CopyTo(&args)
	for _, name := range names {
		args.Del(name)
	}
	return string(args.QueryString())
}

// render writes the part of a page that shows its view, or all of it.
func (v *visit) render(name string, f frame) ([]byte, error) {
	t, ok := v.pages[f.Template]
	if !ok {
		return nil, errors.New("there is no page " + f.Template)
	}
	var b bytes.Buffer
	err := t.ExecuteTemplate(&b, name, f)
	return b.Bytes(), err
}

// show answers a page.
func (v *visit) show(p page) error {
	if p.Location != "" {
		return v.Redirect(p.Location, fiber.StatusSeeOther)
	}
	f := v.frame(p)
	if p.Live {
		main, err := v.render("main", f)
		if err != nil {
			return err
		}
		f.Seen = digest(main)
	}
	body, err := v.render("layout", f)
	if err != nil {
		return err
	}
	v.Set(fiber.HeaderContentSecurityPolicy, policy)
	v.Set(fiber.HeaderReferrerPolicy, "same-origin") // forms tell where they come from
	v.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	if p.Status != 0 {
		v.Status(p.Status)
	}
	return v.Send(body)
}

// faultView is a page for what went wrong.
type faultView struct {
	Message  string
	Problems []instance.Problem
	Request  string
}

// refusal is what the console itself refuses: a status and its words.
type refusal struct {
	status  int
	message string
}

func (r refusal) Error() string { return r.message }

// judge is the status and the words of an error: the API's, but for what only the console knows.
func (v *visit) judge(cause error) (status int, message string, problems []instance.Problem) {
	var own refusal
	switch {
	case errors.As(cause, &own):
		return own.status, own.message, nil
	case errors.Is(cause, engine.ErrNotFound):
		return fiber.StatusNotFound, "There is no such thing, or it is not your organization's.", nil
	}
	return v.door.Refusal(v.Ctx, cause)
}

// fail answers an error as a page.
func (v *visit) fail(cause error) error {
	status, message, problems := v.judge(cause)
	v.Response().Header.Del(fiber.HeaderWWWAuthenticate)
	titles := map[int]string{
		fiber.StatusNotFound: "Not found", fiber.StatusForbidden: "Not allowed", fiber.StatusBadRequest: "That is not possible", fiber.StatusConflict: "Not now",
		fiber.StatusTooManyRequests: "Too many requests", fiber.StatusServiceUnavailable: "Not now",
	}
	title := titles[status]
	if title == "" {
		title = "Something went wrong"
	}
	return v.show(page{Template: "fault", Title: title, Status: status, View: faultView{message, problems, v.door.RequestID(v.Ctx)}})
}

// words is an error in the API's words, for a place beside what it is about.
func (v *visit) words(cause error) string {
	_, message, _ := v.judge(cause)
	v.Response().Header.Del(fiber.HeaderRetryAfter)
	return message
}
