package regex_test

import (
	"fmt"

	"github.com/brinkml/brink/inference/regex"
)

func ExampleCompile() {
	match, err := regex.Compile(`[a-z]+|[a-z]+\.org`)
	fmt.Println(err, match("brink.org"), match("brink.org/"))
	// Output: <nil> true false
}
