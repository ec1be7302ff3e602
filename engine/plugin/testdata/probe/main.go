// Command probe is an adapter of the Go toolchain for the tests: it does what Query.Resource says, good and bad.
package main

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/pollwright/pollwright/sdk"
)

func init() { sdk.Register(probe{}) }

func main() {}

type probe struct{}

func (probe) Describe() sdk.Manifest {
	return sdk.Manifest{
		Key: "probe", Name: "Probe", Hub: "general", Version: "1.0.0", ID: 4711,
		Auth:      sdk.Auth{Type: sdk.AuthNone},
		BaseURLs:  []string{"https://probe.example/api"},
		Resources: []sdk.Resource{{Name: "contacts", Path: "/contacts"}},
	}
}

var counter int // every call must find it at zero

var hoard [][]byte

func (probe) Step(c sdk.Call) sdk.Reply {
	switch c.Query.Resource {
	case "counter":
		counter++
		return say(counter)
	case "contacts":
		if c.Response == nil {
			return sdk.Reply{Fetch: &sdk.Fetch{Path: "/contacts", State: sdk.Raw(`{"n":1}`)}}
		}
		return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Select: &sdk.Select{At: "/contacts"}}, Memo: c.State}}
	case "table":
		return sdk.Reply{Page: &sdk.Page{Records: sdk.Records{Table: &sdk.Table{Columns: "/headers", Rows: "/data"}}}}
	case "body":
		return say(string(c.Response.Body))
	case "world":
		return say(world())
	case "reach":
		return say(reach())
	case "sleep":
		before := time.Now()
		time.Sleep(time.Hour)
		return say(time.Since(before) >= time.Hour)
	case "panic":
		panic(fmt.Errorf("adapter bug: bad field %q", "x"))
	case "nil":
		var none *probe
		return none.Step(*(*sdk.Call)(nil))
	case "index":
		return say(c.Query.Resource[len(c.Query.Vars)+100])
	case "exit":
		os.Exit(3)
	case "deadlock":
		<-make(chan int)
	case "spin":
		for i := 0; ; i++ {
			counter = i
		}
	case "hoard":
		for {
			hoard = append(hoard, make([]byte, 1<<20))
		}
	case "recurse":
		return say(recurse(0))
	case "churn":
		return say(churn(len(c.Response.Body)))
	case "flood":
		for range 4000 {
			fmt.Fprintln(os.Stderr, strings.Repeat("spam ", 20))
		}
		return say("dry")
	}
	return sdk.Reply{Fault: &sdk.Fault{Kind: sdk.FaultNotFound, Message: "no resource " + c.Query.Resource}}
}

func say(v any) sdk.Reply {
	return sdk.Reply{Page: &sdk.Page{Warnings: []string{fmt.Sprint(v)}}}
}

// world gathers what differs from run to run where time and chance are real.
func world() string {
	order := ""
	for k := range map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true} {
		order += fmt.Sprint(k)
	}
	return fmt.Sprint(time.Now().UnixNano(), rand.Int(), order)
}

func reach() string {
	_, read := os.ReadFile("/etc/passwd")
	_, list := os.ReadDir("/")
	write := os.WriteFile("/tmp/probe", []byte("x"), 0o600)
	_, stdin := os.Stdin.Read(make([]byte, 1))
	_, dial := net.DialTimeout("tcp", "127.0.0.1:80", time.Second)
	_, resolve := net.LookupHost("localhost.localdomain")
	opened := 0
	for _, err := range []error{read, list, write, stdin, dial, resolve} {
		if err == nil {
			opened++
		}
	}
	return fmt.Sprintf("opened=%d env=%d args=%d", opened, len(os.Environ()), len(os.Args))
}

// churn makes garbage, goroutines, timers and a collection of the garbage: all that a Go program keeps state for behind its back.
func churn(n int) string {
	type node struct {
		next *node
		text string
	}
	var last *node
	results := make(chan int)
	for i := range 20 {
		go func() {
			sum := 0
			for j := range n {
				last = &node{last, fmt.Sprint(i, j)}
				if j%64 == 0 {
					last = nil
				}
				sum += len(fmt.Sprint(i * j))
			}
			time.Sleep(time.Duration(i) * time.Millisecond)
			results <- sum
		}()
	}
	total := 0
	for range 20 {
		total += <-results
	}
	runtime.GC()
	counter++
	return fmt.Sprint(counter, total, len(world()))
}

//go:noinline
func recurse(n int) int {
	if n < 0 { // never: it must run out of stack
		return 0
	}
	var pad [64]int
	pad[n%64] = n
	return recurse(n+1) + pad[(n+1)%64]
}
