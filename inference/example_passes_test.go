//go:build !arm

package inference_test

import (
	"fmt"

	"github.com/brinkml/brink/inference"
)

func ExamplePasses() {
	fmt.Println(inference.Passes())
	// Output: [qdq fold shapes noop cse forest bias batchnorm scale dynamic gelu swish layernorm attention qlayout dead activation product layout]
}
