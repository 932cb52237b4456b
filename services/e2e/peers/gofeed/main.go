// Measures gofeed; the protocol is in ../README.md.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mmcdole/gofeed"
)

// used is the processor time of the process, all threads together.
func used() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		fail(err)
	}
	return (time.Duration(usage.Utime.Nano()) + time.Duration(usage.Stime.Nano())).Seconds()
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "gofeed peer:", err)
	os.Exit(1)
}

// items is the number of items in body, -1 for an error.
func items(parser *gofeed.Parser, body []byte) (count int) {
	defer func() {
		if recover() != nil {
			count = -1
		}
	}()
	feed, err := parser.Parse(bytes.NewReader(body))
	if err != nil {
		return -1
	}
	return len(feed.Items)
}

func main() {
	list, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail(err)
	}
	parser := gofeed.NewParser()
	var bodies [][]byte
	counts := []int{}
	for _, path := range strings.Split(strings.TrimSpace(string(list)), "\n") {
		body, err := os.ReadFile(path)
		if err != nil {
			fail(err)
		}
		bodies = append(bodies, body)
		counts = append(counts, items(parser, body))
	}
	out := json.NewEncoder(os.Stdout)
	_ = out.Encode(counts)
	in := bufio.NewReader(os.Stdin)
	var chosen []int
	line, err := in.ReadBytes('\n')
	if err != nil {
		fail(err)
	}
	if err := json.Unmarshal(line, &chosen); err != nil {
		fail(err)
	}
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		limit, err := strconv.ParseFloat(strings.TrimSpace(line), 64)
		if err != nil {
			fail(err)
		}
		start, parsed := used(), 0
		for used()-start < limit {
			for _, index := range chosen {
				items(parser, bodies[index])
				parsed += len(bodies[index])
			}
		}
		_ = out.Encode(map[string]any{"bytes": parsed, "seconds": used() - start})
	}
}
