package shadow_test

import (
	"encoding/json"
	"fmt"

	"github.com/brinkml/brink/shadow"
)

func ExampleRules() {
	doc := json.RawMessage(`{"fan":1,"kit":{"mode":3}}`)
	patch := json.RawMessage(`{"kit":{"mode":null}}`)
	for _, r := range []shadow.Rules{{}, {EmptyIsAbsent: true}} {
		merged, _ := r.Merge(doc, patch)
		fmt.Printf("%s\n", merged)
	}
	// Output:
	// {"fan":1,"kit":{}}
	// {"fan":1}
}
