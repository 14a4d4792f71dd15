package inference_test

import (
	"fmt"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/cpu"
)

// TestConformanceLevels runs ONNX's backend tests with every set of instructions that the machine has, plain Go included,
// on one goroutine and on two.
func TestConformanceLevels(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every case several times")
	}
	archive, cases := conformanceCases(t)
	for _, level := range cpu.Levels() {
		for threads := 1; threads <= 2; threads++ {
			t.Run(fmt.Sprintf("%v/%d", level, threads), func(t *testing.T) {
				for _, c := range cases {
					if err := runCaseWith(t, archive, c, nil, inference.Options{CPU: level.String(), Threads: threads}); err != nil {
						t.Errorf("%s: %v", c.Path, err)
					}
				}
			})
		}
	}
}

func TestSessionRefusesUnknownInstructions(t *testing.T) {
	m := scoreModel()
	if s, err := m.NewSession(&inference.Options{CPU: "z80"}); err == nil {
		s.Close()
		t.Error("NewSession accepts instructions that no machine has")
	}
}
