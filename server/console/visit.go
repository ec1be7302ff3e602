package console

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// visit is one request, and who makes it.
type visit struct {
	*fiber.Ctx
	*Console
	ctx     context.Context
	caller  engine.Caller
	proof   string // that a form is of this session
	renewed bool   // the answer brings another token of the session
	zone    *time.Location
	now     time.Time
}

// A cookie each for the session, and for how the visitor wants to see the pages.
const (
	cookieSession = "pollwright-session"
	cookieZone    = "pollwright-zone"
	cookieTheme   = "pollwright-theme"
)

func (u *Console) visit(c *fiber.Ctx) *visit {
	v := &visit{Ctx: c, Console: u, ctx: c.UserContext(), zone: time.UTC, now: u.Now()}
	if name, err := url.QueryUnescape(c.Cookies(cookieZone)); err == nil && len(name) < 64 {
		if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
			v.zone = zone
		}
	}
	return v
}

// theme is "light", "dark" or "", the system's.
func (v *visit) theme() string {
	switch theme := v.Cookies(cookieTheme); theme {
	case "light", "dark":
		return theme
	}
	return ""
}

// id is the instance of the path.
func (v *visit) id() (int64, error) {
	id, err := strconv.ParseInt(v.Params("id"), 10, 64)
	if err != nil {
		return 0, engine.ErrNotFound
	}
	return id, nil
}

// instance reads that of the path.
func (v *visit) instance() (*engine.Instance, error) {
	id, err := v.id()
	if err != nil {
		return nil, err
	}
	return v.Engine.Instance(v.ctx, v.caller, id)
}

// field is what a form or a query says, without blanks around it.
func (v *visit) field(name string) string { return strings.TrimSpace(v.FormValue(name)) }

// param is a part of the path, decoded.
func (v *visit) param(name string) string {
	text, err := url.PathUnescape(v.Params(name))
	if err != nil {
		return v.Params(name)
	}
	return text
}

// secure reports whether the visitor's browser speaks TLS, to a proxy before us. A client that lies about it harms itself only.
func (v *visit) secure() bool { return v.Get(fiber.HeaderXForwardedProto) == "https" }

// origin is how the visitor's browser names this server.
func (v *visit) origin() string {
	scheme := "http"
	if v.secure() {
		scheme = "https"
	}
	return scheme + "://" + string(v.Request().Host())
}

// goTo ends an action: the browser asks for a page, so that loading it again does not repeat the action. done names what was done; see notices.
func (v *visit) goTo(path, done string) error {
	if done != "" {
		mark := "?"
		if strings.Contains(path, "?") {
			mark = "&"
		}
		path += mark + "done=" + url.QueryEscape(done)
	}
	return v.Redirect(Path+path, fiber.StatusSeeOther)
}

// instancePath is the path of a page of an instance, below the console's.
func instancePath(id int64, below string) string {
	return "/instances/" + strconv.FormatInt(id, 10) + below
}

// local is a path of the console that a visitor is to be sent to; "" if a text is none. Whatever a browser could take for another place is
// refused.
func local(path string) string {
	if path != Path && !strings.HasPrefix(path, Path+"/") && !strings.HasPrefix(path, Path+"?") || strings.ContainsAny(path, "\\\r\n\t") || strings.Contains(path, "/..") {
		return ""
	}
	return path
}
