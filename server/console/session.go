package console

import (
	"cmp"
	"crypto/subtle"
	"errors"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// sessionLife is how long a browser keeps the session's cookie; the engine may end the session before.
const sessionLife = 7 * 24 * time.Hour

var (
	errForeignForm = refusal{fiber.StatusForbidden, "this form was not sent from a page of your session: open the page again, and send it from there"}
	errNoSession   = errors.New("no session")
)

// signedIn finds the session of the cookie. A new token that it got goes to the browser.
func (v *visit) signedIn() error {
	token := v.Cookies(cookieSession)
	if token == "" {
		return errNoSession
	}
	s, err := v.Engine.Session(v.ctx, token)
	if errors.Is(err, engine.ErrUnauthorized) {
		return errNoSession
	}
	if err != nil {
		return err
	}
	v.keep(s)
	return nil
}

func (v *visit) keep(s engine.Session) {
	v.caller, v.proof = s.Caller, s.Proof
	v.caller.From, v.caller.Request = v.door.Client(v.Ctx).String(), v.door.RequestID(v.Ctx)
	if v.renewed = s.Token != ""; v.renewed {
		v.cookie(s.Token.Reveal(), sessionLife)
	}
}

// cookie sets the session's. Other sites cannot have it sent (SameSite), and no script can read it (HttpOnly).
func (v *visit) cookie(token string, life time.Duration) {
	v.Cookie(&fiber.Cookie{
		Name: cookieSession, Value: token, Path: Path, MaxAge: int(life.Seconds()), HTTPOnly: true, Secure: v.secure(), SameSite: fiber.CookieSameSiteStrictMode,
	})
}

// own refuses a form that another site's page has the browser send. Browsers tell where a form comes from; what tells nothing is no browser.
func (v *visit) own() error {
	if site := v.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		return errForeignForm
	}
	if origin := v.Get(fiber.HeaderOrigin); origin != "" && origin != "null" {
		if u, err := url.Parse(origin); err != nil || u.Host != string(v.Request().Host()) {
			return errForeignForm
		}
	}
	return nil
}

// proven refuses a form that does not carry the proof of the session.
func (v *visit) proven() error {
	if err := v.own(); err != nil {
		return err
	}
	if given := v.FormValue("proof"); subtle.ConstantTimeCompare([]byte(given), []byte(v.proof)) != 1 || v.proof == "" {
		return errForeignForm
	}
	return nil
}

// signInView is the page of signing in.
type signInView struct {
	To    string // where the visitor wanted to go
	Error string
}

func (v *visit) signInPage() (page, error) {
	if err := v.signedIn(); err == nil {
		return page{Location: cmp.Or(local(v.Query("to")), Path)}, nil // on another page, meanwhile
	}
	return page{Template: "signin", Title: "Sign in", View: signInView{To: local(v.Query("to"))}}, nil
}

// signIn opens a session for the two secrets. It has a token that nobody had before, whatever the browser brought.
func (v *visit) signIn() error {
	if err := v.own(); err != nil {
		return err
	}
	if err := v.door.Admit(v.Ctx); err != nil {
		return v.notSignedIn(err)
	}
	secrets := engine.Secrets{Organization: v.field("organization"), User: v.field("user")}
	s, err := v.Engine.OpenSession(v.ctx, secrets, v.door.Client(v.Ctx).String(), v.door.RequestID(v.Ctx))
	if err != nil {
		return v.notSignedIn(v.door.FailedLogin(v.Ctx, err))
	}
	if err := v.door.Admit(v.Ctx); err != nil { // not heard since: of many guesses at a time the right one does not stand out
		return errors.Join(v.notSignedIn(err), v.Engine.CloseSession(v.ctx, s.Token.Reveal()))
	}
	if old := v.Cookies(cookieSession); old != "" {
		if err := v.Engine.CloseSession(v.ctx, old); err != nil {
			return err
		}
	}
	v.keep(s)
	return v.Redirect(cmp.Or(local(v.field("to")), Path), fiber.StatusSeeOther)
}

func (v *visit) notSignedIn(cause error) error {
	status, message, _ := v.judge(cause)
	v.Response().Header.Del(fiber.HeaderWWWAuthenticate) // a browser would ask for a password
	if errors.Is(cause, engine.ErrUnauthorized) {
		message = "These are not the secrets of a user and its organization."
	}
	return v.show(page{Template: "signin", Title: "Sign in", Status: status, View: signInView{local(v.field("to")), message}})
}

func (v *visit) signOut() error {
	if err := v.Engine.CloseSession(v.ctx, v.Cookies(cookieSession)); err != nil {
		return err
	}
	v.cookie("", -time.Second)
	return v.Redirect(Path+"/sign-in", fiber.StatusSeeOther)
}

// setTheme keeps how the visitor wants the pages to look, and returns to where it was asked for.
func (v *visit) setTheme() error {
	theme := v.field("theme")
	if theme != "light" && theme != "dark" {
		theme = "system"
	}
	v.Cookie(&fiber.Cookie{Name: cookieTheme, Value: theme, Path: Path, MaxAge: 365 * 24 * 3600, Secure: v.secure(), SameSite: fiber.CookieSameSiteStrictMode})
	return v.Redirect(cmp.Or(local(v.field("to")), Path), fiber.StatusSeeOther)
}

// returned is where a browser lands that a provider's page has sent here. As another site sent it, it brings no cookie; the next page, which this
// one leads to, gets it.
func (v *visit) returned() (page, error) {
	to := local(v.Query("to"))
	switch id, fault := v.Query("instanceId"), v.Query("error"); {
	case fault != "":
		return page{Template: "returned", Title: "Not connected", View: returnedView{To: to, Error: cmp.Or(v.Query("error_description"), fault)}}, nil
	case id != "":
		to = local(Path + "/instances/" + url.PathEscape(id) + "?done=connected")
	}
	to = cmp.Or(to, Path)
	return page{Template: "returned", Title: "Connected", Refresh: to, View: returnedView{To: to}}, nil
}

type returnedView struct{ To, Error string }

// askIn sends a visitor without a session to sign in, and back.
func (v *visit) askIn() error {
	to := Path + "/sign-in"
	if here := v.here(); here != Path && here != Path+"/" {
		to += "?to=" + url.QueryEscape(here)
	}
	return v.Redirect(to, fiber.StatusSeeOther)
}
