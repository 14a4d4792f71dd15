package ops

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

// TestSklearn holds operators against scikit-learn: testdata/sklearn_cases.py trained its models, wrote what they
// become as attributes, and what the models themselves say of some inputs.
func TestSklearn(t *testing.T) {
	b, err := os.ReadFile("testdata/sklearn.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Name, Op string
		Attrs    map[string]any
		Dims     []int
		Numbers  []float64
		Strings  []string
		Outputs  [][]any
	}
	if err := json.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	for _, s := range cases {
		c := call{domain: ml, op: s.Op, opset: 1, outs: len(s.Outputs), attrs: attrs{}}
		if s.Op == "TfIdfVectorizer" {
			c.domain, c.opset = "", 9
		}
		_, v := Lookup(c.domain, c.op, c.opset)
		for name, value := range s.Attrs {
			c.attrs[name] = attrFromJSON(v.Attr(name).Kind, value)
		}
		x := floatsAs[float64](s.Numbers, len(s.Numbers))
		if s.Strings != nil {
			x = words(s.Strings...)
		}
		x.Shape = s.Dims
		c.in = []*tensor.Tensor{x}
		for i, got := range c.run(t) {
			if got.Strings != nil {
				var want []string
				for _, v := range s.Outputs[i] {
					want = append(want, v.(string))
				}
				if !slices.Equal(got.Strings, want) {
					t.Errorf("%s: output %d = %q; want %q", s.Name, i, got.Strings, want)
				}
				continue
			}
			// Attributes are float32, and probabilities are only fitted until they are good enough.
			wantNumbers(t, s.Name, got, attrFloats[float64](s.Outputs[i]), 1e-4)
		}
	}
}

// attrFromJSON returns a JSON value as an attribute of that kind.
func attrFromJSON(kind wire.AttrType, v any) any {
	switch kind {
	case Int:
		return int64(v.(float64))
	case Floats:
		return attrFloats[float32](v.([]any))
	case Ints:
		return attrFloats[int64](v.([]any))
	case Strings:
		var out []string
		for _, s := range v.([]any) {
			out = append(out, s.(string))
		}
		return out
	}
	return v
}

func attrFloats[T float32 | float64 | int64](list []any) []T {
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = T(v.(float64))
	}
	return out
}
