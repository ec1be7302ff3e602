package main

import (
	"bytes"
	"strings"

	"github.com/pollwright/pollwright/sdk"
)

// words gives what iContact says in an answer that refuses: {"errors":["prose", ...]}, or <response><errors><error>prose</error>... from
// who reads no Accept header. web: it is a web page, which iContact's API never sends.
func words(body []byte) (text string, web bool) {
	if outline, err := sdk.ReadOutline(body); err == nil {
		return strings.Join(texts(outline, "errors"), " "), false
	}
	rest := bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(rest) == 0 || rest[0] != '<' {
		return "", false
	}
	_, errors, found := bytes.Cut(rest, []byte("<errors"))
	if errors, _, _ = bytes.Cut(errors, []byte("</errors>")); found && bytes.Contains(rest, []byte("<response")) {
		return plain(errors), false
	}
	return "", !bytes.HasPrefix(rest, []byte("<?xml")) && !bytes.HasPrefix(rest, []byte("<response"))
}

// plain is the text between the tags of XML, on one line, fit for a message.
func plain(xml []byte) string {
	_, xml, _ = bytes.Cut(xml, []byte(">")) // the rest of the opening tag
	var out []byte
	for len(xml) > 0 {
		text, after, _ := bytes.Cut(xml, []byte("<"))
		out = append(append(out, text...), ' ')
		_, xml, _ = bytes.Cut(after, []byte(">"))
	}
	return sdk.Excerpt([]byte(entities.Replace(string(out))))
}

var entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'", "&amp;", "&")

// texts reads a list of prose, each on one line. What is no such list is shown as it is.
func texts(body sdk.Outline, name string) []string {
	if !body.Has(name) {
		return nil
	}
	list, err := body.Texts(name)
	if err != nil {
		return []string{sdk.Excerpt(body.Raw(name))}
	}
	for i, text := range list {
		list[i] = strings.Join(strings.Fields(text), " ")
	}
	return list
}

func contains(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}
