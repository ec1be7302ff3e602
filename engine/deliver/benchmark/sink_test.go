package benchmark

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// sinkVariable makes this binary the sink.
const sinkVariable = "POLLWRIGHT_BENCHMARK_SINK"

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
	t   *testing.T
	url string
	mu  sync.Mutex
	ask io.Writer
	out *bufio.Reader
}

func startSink(t *testing.T) *sink {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), sinkVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // it ends by itself
		if err := cmd.Wait(); err != nil {
			t.Errorf("sink: %v", err)
		}
	})
	s := &sink{t: t, ask: in, out: bufio.NewReader(out)}
	address, err := s.out.ReadString('\n')
	if err != nil {
		t.Fatalf("sink did not start: %v", err)
	}
	s.url = "http://" + address[:len(address)-1] + "/callback"
	return s
}

func (s *sink) counts() (c counts) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := fmt.Fprintln(s.ask); err != nil {
		s.t.Fatal(err)
	}
	line, err := s.out.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &c)
	}
	if err != nil {
		s.t.Fatalf("sink does not answer: %v", err)
	}
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
