//go:build !riscv64

package gotensor

import (
	"context"
	"fmt"

	"gorgonia.org/tensor"

	"github.com/brinkml/brink/inference"
)

// Run runs a session with gorgonia's tensors. Inputs are not kept or changed, and the outputs are the
// caller's. Its errors are those of [From], [To] and the session's Run, with the name of the input or
// output; an output that is no tensor is an error. It is safe for concurrent use, as the session is.
func Run(ctx context.Context, s *inference.Session, in map[string]tensor.Tensor) (map[string]tensor.Tensor, error) {
	values := make(map[string]inference.Value, len(in))
	for name, t := range in {
		v, err := from(t)
		if err != nil {
			return nil, fmt.Errorf("gotensor: input %q: %w", name, err)
		}
		values[name] = v
	}
	results, err := s.Run(ctx, values)
	if err != nil {
		return nil, err
	}
	out := make(map[string]tensor.Tensor, len(results))
	for name, v := range results {
		t, ok := v.(*inference.Tensor)
		if !ok {
			return nil, fmt.Errorf("gotensor: output %q is a %T, which is no tensor", name, v)
		}
		d, err := to(t)
		if err != nil {
			return nil, fmt.Errorf("gotensor: output %q: %w", name, err)
		}
		out[name] = d
	}
	return out, nil
}
