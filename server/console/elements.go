package console

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
	"github.com/pollwright/pollwright/sdk"
)

type catalogView struct {
	Elements []elementRow
	Refused  []adapterRow
	Error    string
	Key      string // of the upload that was refused
	Wants    []string
}

type elementRow struct {
	Key, Name, Hub, Version, Description string
	Resources                            int
	Adapter                              adapterRow
}

type adapterRow struct {
	engine.Adapter
	Level string
	Until moment
	Since moment
}

func (v *visit) adapterRow(a engine.Adapter) adapterRow {
	row := adapterRow{Adapter: a, Level: map[string]string{engine.AdapterLoaded: "good", engine.AdapterSuspended: "warn", engine.AdapterRefused: "bad"}[a.State]}
	if a.Until != nil {
		row.Until = v.when(*a.Until)
	}
	if a.Since != nil {
		row.Since = v.when(*a.Since)
	}
	return row
}

func (v *visit) catalog() (page, error) {
	view := v.catalogView()
	return page{Template: "elements", Title: "Elements", Tab: "elements", Live: true, View: view}, nil
}

func (v *visit) catalogView() (view catalogView) {
	adapters := map[string]engine.Adapter{}
	for _, a := range v.Engine.Adapters() {
		if a.State == engine.AdapterRefused {
			view.Refused = append(view.Refused, v.adapterRow(a))
		} else {
			adapters[a.Key] = a
		}
	}
	for _, el := range v.Engine.Elements() {
		view.Elements = append(view.Elements, elementRow{el.Key, el.Name, el.Hub, el.Version, el.Description, len(el.Resources), v.adapterRow(adapters[el.Key])})
	}
	return view
}

type elementView struct {
	Element  engine.Element
	Adapter  adapterRow
	Refused  []adapterRow // newer files of the same element
	Auth     string
	Consents bool
	Required []sdk.Parameter
	Optional []sdk.Parameter
	Rates    []string
}

func (v *visit) element() (page, error) {
	el, err := v.Engine.Element(v.param("key"))
	if err != nil {
		return page{}, err
	}
	view := elementView{Element: el, Consents: el.Consents(), Auth: map[string]string{
		sdk.AuthOAuth2: "OAuth 2.0: a user consents at the provider", sdk.AuthBasic: "user name and password", sdk.AuthHeaders: "headers with the values below",
	}[el.Auth.Type]}
	for _, a := range v.Engine.Adapters() {
		switch {
		case a.Key == el.Key && a.State != engine.AdapterRefused:
			view.Adapter = v.adapterRow(a)
		case a.State == engine.AdapterRefused && (a.Key == el.Key || strings.TrimSuffix(a.File, ".wasm") == el.Key):
			view.Refused = append(view.Refused, v.adapterRow(a))
		}
	}
	for _, p := range el.Config {
		if p.Required {
			view.Required = append(view.Required, p)
		} else {
			view.Optional = append(view.Optional, p)
		}
	}
	for _, r := range el.RateLimit {
		view.Rates = append(view.Rates, fmt.Sprintf("%s requests in %s", count(r.Requests), seconds(r.PerSeconds)))
	}
	return page{Template: "element", Title: el.Name, Tab: "elements", Live: true, View: view}, nil
}

// largestModule is the sandbox's own limit.
const largestModule = 32 << 20

// upload installs a module. One that wants more hosts than were agreed to is refused with their names, to be agreed to.
func (v *visit) upload() error {
	wasm, err := v.module()
	if err != nil {
		return err
	}
	key := v.field("key")
	if key == "" {
		return v.notInstalled(key, refusal{fiber.StatusBadRequest, "name the element that the adapter speaks for: its key, as in the manifest"})
	}
	a, err := v.Engine.InstallAdapter(v.ctx, v.caller, key, wasm, nil)
	if err != nil {
		return v.notInstalled(key, err)
	}
	return v.goTo("/elements/"+url.PathEscape(a.Key), "installed")
}

func (v *visit) module() ([]byte, error) {
	file, err := v.FormFile("module")
	if err != nil {
		return nil, refusal{fiber.StatusBadRequest, "choose a file with a WebAssembly module (.wasm)"}
	}
	f, err := file.Open()
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(f, largestModule))
	return b.Bytes(), err
}

func (v *visit) notInstalled(key string, cause error) error {
	view := v.catalogView()
	status, message, _ := v.judge(cause)
	view.Error, view.Key = message, key
	var hosts *engine.HostsError
	if errors.As(cause, &hosts) {
		view.Wants = append(slices.Clone(hosts.Hosts), hosts.More...)
	}
	return v.show(page{Template: "elements", Title: "Elements", Tab: "elements", Status: status, View: view})
}

// agree lets an adapter send requests to the hosts of the form.
func (v *visit) agree() error {
	key := v.param("key")
	if err := v.Engine.AgreeToHosts(v.ctx, v.caller, key, v.all("host")); err != nil {
		return err
	}
	return v.goTo("/elements", "agreed")
}

func (v *visit) removeElement() error {
	if err := v.Engine.RemoveAdapter(v.ctx, v.caller, v.param("key")); err != nil {
		return err
	}
	return v.goTo("/elements", "removed")
}
