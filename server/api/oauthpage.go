package api

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/gofiber/fiber/v2"

	"github.com/pollwright/pollwright/engine"
)

// consentView is what the page of /oauth/callback says. Its texts may come from outside; the template escapes them.
type consentView struct {
	Title, Text string
	Code, State string
	Problems    []string
	RequestID   string
}

// consentTemplate has neither scripts nor styles nor links: the policy of every answer of this API forbids them.
var consentTemplate = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{.Title}}</title></head>
<body><main><h1>{{.Title}}</h1><p>{{.Text}}</p>
{{- if .Problems}}
<ul>{{range .Problems}}<li>{{.}}</li>{{end}}</ul>{{end}}
{{- if .Code}}
<dl><dt>code</dt><dd><code>{{.Code}}</code></dd><dt>state</dt><dd><code>{{.State}}</code></dd></dl>{{end}}
<p><small>{{.RequestID}}</small></p></main></body></html>
`))

func doneView(r engine.ConsentResult) consentView {
	switch {
	case r.Made:
		return consentView{Title: "Connected", Text: fmt.Sprintf("Instance %d was made and is polled. You can close this page.", r.InstanceID)}
	case r.InstanceID != 0:
		return consentView{Title: "Authorized again", Text: fmt.Sprintf("Instance %d has new tokens; its polling goes on where it ended. You can close this page.", r.InstanceID)}
	}
	return consentView{
		Title: "Authorized", Text: "Give this code and state to POST /instances as providerData, soon: a code lives for minutes, and works once.",
		Code: r.Code.Reveal(), State: r.State.Reveal(),
	}
}

// consentRefused shows an error as a page. Its status and words are those of the JSON answer.
func (s *Server) consentRefused(c *fiber.Ctx, err error) error {
	status, body := s.refusal(c, err)
	view := consentView{Title: "Not connected", Text: body.Message}
	if body.ProviderMessage != "" {
		view.Problems = append(view.Problems, body.ProviderMessage)
	}
	for _, p := range body.Errors {
		view.Problems = append(view.Problems, p.Path+": "+p.Message)
	}
	return consentPage(c, status, view)
}

func consentPage(c *fiber.Ctx, status int, view consentView) error {
	view.RequestID = requestID(c)
	var page bytes.Buffer
	if err := consentTemplate.Execute(&page, view); err != nil {
		return fmt.Errorf("page of a consent: %w", err)
	}
	c.Status(status).Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	return c.Send(page.Bytes())
}
