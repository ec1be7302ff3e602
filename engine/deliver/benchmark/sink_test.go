package benchmark

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pollwright/pollwright/engine/beside"
)

// counts is what the sink has seen since it started.
type counts struct {
	Requests int64
	Events   int64
	CPU      time.Duration
}

func (c counts) minus(o counts) counts {
	return counts{c.Requests - o.Requests, c.Events - o.Events, c.CPU - o.CPU}
}

// sink is the other process, as this one sees it.
type sink struct {
	*beside.Process
	url string
}

func startSink(t *testing.T) *sink {
	t.Helper()
	s := &sink{Process: beside.Start(t, "sink", "")}
	s.url = "http://" + s.Line() + "/callback"
	return s
}

func (s *sink) counts() (c counts) {
	s.Ask(nil, &c)
	return c
}

// serveSink is the other process: it answers 200 to every request, and its counts to every line of standard input, until that ends.
func serveSink() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, "sink:", err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	var seen tally
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go seen.serve(conn)
		}
	}()
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		line, _ := json.Marshal(counts{seen.requests.Load(), seen.events.Load(), usedCPU()})
		fmt.Println(string(line))
	}
}

type tally struct{ requests, events atomic.Int64 }

// serve speaks as much HTTP/1.1 as the two senders do. A whole server would spend more than they, and on both sides of the comparison.
func (s *tally) serve(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 64<<10)
	var body []byte
	for {
		n, err := readHeader(r)
		if err != nil {
			return
		}
		if cap(body) < n {
			body = make([]byte, n)
		}
		if _, err := io.ReadFull(r, body[:n]); err != nil {
			return
		}
		s.requests.Add(1)
		s.events.Add(int64(bytes.Count(body[:n], []byte(`"eventType":`))))
		if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"); err != nil {
			return
		}
	}
}

// readHeader reads a request up to its body and tells the body's length.
func readHeader(r *bufio.Reader) (length int, err error) {
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			return length, nil
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); string(name) == "Content-Length" {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, err
			}
		}
	}
}
