// Noskip reads what go test -json prints, shows a line a package and everything of tests that failed, and fails
// when a test failed or was skipped: a check that was skipped checked nothing.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

// event is one line of test2json.
type event struct {
	Action  string
	Package string
	Test    string
	Output  string
	Elapsed float64
}

func main() {
	allow := flag.String("allow", "", "skips whose output has this `text` are allowed")
	flag.Parse()
	var passed, failed, skipped int
	output := map[string][]string{}
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(make([]byte, 1<<20), 1<<26)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text()) // the compiler's own words
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
			if e.Test == "" && (strings.HasPrefix(e.Output, "ok ") || strings.HasPrefix(e.Output, "FAIL") || strings.HasPrefix(e.Output, "panic")) || e.Action == "build-output" {
				fmt.Print(e.Output)
			}
		case "pass":
			if e.Test != "" {
				passed++
			}
			delete(output, key)
		case "fail", "build-fail":
			failed++
			fmt.Printf("--- FAIL %s (%.1fs)\n%s", key, e.Elapsed, strings.Join(output[key], ""))
			delete(output, key)
		case "skip":
			if said := strings.Join(output[key], ""); e.Test != "" && (*allow == "" || !strings.Contains(said, *allow)) {
				skipped++
				fmt.Printf("--- SKIP %s\n%s", key, said)
			}
			delete(output, key)
		}
	}
	if err := in.Err(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 || skipped > 0 || passed == 0 {
		os.Exit(1)
	}
}
