package benchmark

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"time"
)

// order is what a process of the benchmark is told on its standard input, a line each.
type order struct {
	Group   string `json:"group"`           // whose: the server's, or a pipe's
	Records *int   `json:"records"`         // for the provider: how many new ones each poll finds from now on
	Reset   bool   `json:"reset,omitempty"` // for the sink: begin to measure latencies anew
}

// answer is an HTTP answer of 200.
type reply struct {
	kind string // content type
	body []byte
}

// serveHTTP speaks as much HTTP/1.1 as the server and the pipes do. A whole server would spend more than they, on both sides of the
// comparison. It prints its address, then obeys orders until its standard input ends.
func serveHTTP(handle func(target string, body []byte) reply, obey func(order) any) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go converse(conn, handle)
		}
	}()
	for orders := json.NewDecoder(os.Stdin); ; {
		var o order
		if orders.Decode(&o) != nil {
			return
		}
		line, _ := json.Marshal(obey(o))
		fmt.Println(string(line))
	}
}

func converse(conn net.Conn, handle func(string, []byte) reply) {
	defer conn.Close()
	r, w := bufio.NewReaderSize(conn, 64<<10), bufio.NewWriterSize(conn, 64<<10)
	var body []byte
	for {
		target, n, err := readHead(r)
		if err != nil {
			return
		}
		if cap(body) < n {
			body = make([]byte, n)
		}
		if _, err := io.ReadFull(r, body[:n]); err != nil {
			return
		}
		answer := handle(target, body[:n])
		fmt.Fprintf(w, "HTTP/1.1 200 OK\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
			time.Now().UTC().Format(http.TimeFormat), answer.kind, len(answer.body))
		_, _ = w.Write(answer.body)
		if w.Flush() != nil {
			return
		}
	}
}

// readHead reads a request up to its body: what it asks for, and the body's length.
func readHead(r *bufio.Reader) (target string, length int, err error) {
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return "", 0, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return target, length, nil
		}
		if first {
			_, rest, _ := bytes.Cut(line, []byte(" "))
			path, _, _ := bytes.Cut(rest, []byte(" "))
			target = string(path)
		} else if name, value, _ := bytes.Cut(line, []byte(": ")); string(name) == "Content-Length" {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return "", 0, err
			}
		}
	}
}
