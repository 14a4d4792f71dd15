//go:build !brink_all

package inference_test

import (
	"testing"

	"github.com/brinkml/brink/inference/build"
)

// minPass is how many of the cases must pass with the operators of a plain build, so that refusing everything is no way
// to pass.
const minPass = 500

// rareBombs are the size bombs of operators that a plain build leaves out.
func rareBombs(*testing.T) map[string]func(*build.Graph) build.Value { return nil }
