package inference_test

import (
	"bytes"
	"testing"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/internal/wire"
)

// encodeGraph writes a model of operator set 13, for tests of what package build does not let pass.
func encodeGraph(t testing.TB, g *wire.Graph) []byte {
	t.Helper()
	return encodeModel(t, &wire.Model{IRVersion: 8, Opsets: []wire.OpsetID{{Version: 13}, {Domain: "ai.onnx.ml", Version: 3}}, Graph: g})
}

func encodeModel(t testing.TB, m *wire.Model) []byte {
	t.Helper()
	b, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func loadWire(t testing.TB, g *wire.Graph) *inference.Model {
	t.Helper()
	m, err := inference.Load(bytes.NewReader(encodeGraph(t, g)), nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// tensorInfo declares a tensor; a negative dimension is open.
func tensorInfo(name string, d inference.DType, dims ...int64) *wire.ValueInfo {
	typ := &wire.Type{Kind: wire.TypeTensor, ElemType: int32(d), HasShape: true}
	for _, n := range dims {
		typ.Dims = append(typ.Dims, wire.Dim{Known: n >= 0, Value: max(n, 0)})
	}
	return &wire.ValueInfo{Name: name, Type: typ}
}
