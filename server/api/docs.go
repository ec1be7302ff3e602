package api

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
	"sync"

	"github.com/gofiber/fiber/v2"
)

//go:embed docs.html
var docsTemplate string

//go:embed docs.css
var docsStyle string

// docsPage is the description as a page, made at the first request: it loads nothing, runs nothing, and needs no other host.
var docsPage = sync.OnceValues(func() ([]byte, error) {
	m, err := readManual(description)
	if err != nil {
		return nil, fmt.Errorf("read the API's description: %w", err)
	}
	t, err := template.New("docs").Funcs(template.FuncMap{"text": prose, "style": func() template.CSS { return template.CSS(docsStyle) }}).Parse(docsTemplate)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = t.Execute(&page, m)
	return page.Bytes(), err
})

// docs answers GET /docs.
func (s *Server) docs(c *fiber.Ctx) error {
	page, err := docsPage()
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(docsStyle))
	c.Set(fiber.HeaderContentSecurityPolicy, "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
	c.Set(fiber.HeaderCacheControl, "no-cache")
	return c.Send(page)
}

// prose turns the description's few marks into HTML: blank lines part paragraphs, backticks hold code.
func prose(text string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		out.WriteString("<p>")
		for i, part := range strings.Split(paragraph, "`") {
			if i%2 == 1 {
				out.WriteString("<code>" + template.HTMLEscapeString(part) + "</code>")
				continue
			}
			out.WriteString(template.HTMLEscapeString(part))
		}
		out.WriteString("</p>")
	}
	return template.HTML(out.String())
}
