package api

import (
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestOriginsMayCallOnlyIfListed(t *testing.T) {
	t.Parallel()
	const listed, other = "https://app.example.com", "https://evil.example"
	w := &world{t: t, engine: &fakeEngine{}, log: &logBuffer{}}
	w.url, w.stop = serve(t, Config{Engine: w.engine, Logger: w.log.logger(), Origins: []string{listed}})
	for origin, allowed := range map[string]string{listed: listed, other: "", "null": "", "https://app.example.com.evil.example": ""} {
		for _, path := range []string{"/elements", "/instances/9", "/nothing"} { // errors, too, must be readable
			r := w.call("GET", path, "", "Origin: "+origin)
			if got := r.header.Get("Access-Control-Allow-Origin"); got != allowed {
				t.Errorf("%s from %s: allowed to %q, want %q", path, origin, got, allowed)
			}
			if allowed != "" && !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), "Elements-Next-Page-Token") {
				t.Errorf("%s: exposed %q", path, r.header.Get("Access-Control-Expose-Headers"))
			}
			if r.header.Get("Access-Control-Allow-Credentials") != "" || !strings.Contains(r.header.Get("Vary"), "Origin") {
				t.Errorf("%s: headers %v", path, r.header)
			}
		}
	}
	req, err := http.NewRequest("OPTIONS", w.url+"/instances", nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Origin": listed, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"} {
		req.Header.Set(name, value)
	}
	r := send(t, req)
	if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != listed || !strings.Contains(r.header.Get("Access-Control-Allow-Headers"), "Authorization") ||
		!strings.Contains(r.header.Get("Access-Control-Allow-Methods"), "PATCH") {
		t.Errorf("preflight: %d, %v", r.status, r.header)
	}
}

func TestCheckOrigin(t *testing.T) {
	t.Parallel()
	for origin, good := range map[string]bool{
		"https://app.example.com": true, "http://localhost:3000": true, "*": false, "https://*.example.com": false, "https://app.example.com/": false,
		"app.example.com": false, "https://": false, "ftp://a.example": false, "https://a.example,https://b.example": false, "https://u@a.example": false,
		"https://A.example": false, "": false, "null": false,
	} {
		if err := CheckOrigin(origin); (err == nil) != good {
			t.Errorf("%q: %v", origin, err)
		}
	}
	if _, err := New(Config{Engine: &fakeEngine{}, Logger: (&logBuffer{}).logger(), Origins: []string{"*"}}); err == nil || !strings.Contains(err.Error(), "Origins") {
		t.Errorf("New took the origin *: %v", err)
	}
}

func TestLongAnswersAreCompressedOnDemand(t *testing.T) {
	t.Parallel()
	w := setup(t)
	plain := w.call("GET", "/elements", "", "Accept-Encoding: identity")
	zipped := w.call("GET", "/elements", "", "Accept-Encoding: gzip")
	if plain.header.Get("Content-Encoding") != "" || zipped.header.Get("Content-Encoding") != "gzip" || !strings.Contains(zipped.header.Get("Vary"), "Accept-Encoding") {
		t.Fatalf("encodings %q and %q", plain.header.Get("Content-Encoding"), zipped.header.Get("Content-Encoding"))
	}
	reader, err := gzip.NewReader(strings.NewReader(zipped.text))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil || string(text) != plain.text || len(zipped.text) >= len(plain.text) {
		t.Errorf("%v: %d bytes, compressed %d, want the %d of the plain answer", err, len(text), len(zipped.text), len(plain.text))
	}
	if r := w.call("GET", "/healthz", "", "Accept-Encoding: gzip"); r.header.Get("Content-Encoding") != "" {
		t.Error("a short answer was compressed")
	}
}

// A client that sends its request byte by byte is cut off when its time is up, and others are answered meanwhile.
func TestSlowClientsAreCut(t *testing.T) {
	t.Parallel()
	w := &world{t: t, engine: &fakeEngine{}, log: &logBuffer{}}
	w.url, w.stop = serve(t, Config{Engine: w.engine, Logger: w.log.logger(), ReadTime: 300 * time.Millisecond})
	conn, err := net.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := fmt.Fprint(conn, "POST /instances HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{"); err != nil {
		t.Fatal(err)
	}
	if r := w.call("GET", "/healthz", ""); r.status != 200 {
		t.Errorf("another client got %d", r.status)
	}
	_ = conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // far beyond the server's own bound
	text, err := io.ReadAll(conn)
	if err != nil || !strings.HasPrefix(string(text), "HTTP/1.1 408") || !strings.Contains(string(text), `"message":"the request did not arrive within 300ms"`) {
		t.Errorf("got %q, %v, want 408 and the end of the connection", text, err)
	}
}
