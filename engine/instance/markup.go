package instance

import (
	"regexp"
	"strings"
)

// markup is what is taken out of names and tags, as on the platform: scripts and styles with what is in them, comments, tags, and at the end
// the beginning of a tag that is never closed. A lone "<" is none: "a < b" and "a<b" stay.
var markup = regexp.MustCompile(`(?is)<(?:script\b.*?(?:</script[^>]*>|$)|style\b.*?(?:</style[^>]*>|$)|!--.*?(?:-->|$)|[!?/]?[a-z][^<>]*>|/?[a-z][^<>]*[\s=/][^<>]*$)`)

// plain is a text without markup, nor what becomes markup when other markup is taken out.
func plain(text string) string {
	for {
		less := strings.TrimSpace(markup.ReplaceAllString(text, ""))
		if less == text {
			return text
		}
		text = less
	}
}
