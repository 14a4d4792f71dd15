package wire_test

import (
	"fmt"

	"github.com/brinkml/brink/inference/internal/wire"
)

func ExampleDecode() {
	b, err := wire.Encode(&wire.Model{
		IRVersion: 8,
		Opsets:    []wire.OpsetID{{Version: 17}},
		Graph:     &wire.Graph{Nodes: []*wire.Node{{OpType: "Relu", Inputs: []string{"x"}, Outputs: []string{"y"}}}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := wire.Decode(b, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(b), "bytes,", m.Graph.Nodes[0].OpType)
	_, err = wire.Decode(b[:12], nil)
	fmt.Println(err)
	// Output:
	// 24 bytes, Relu
	// the data ends in the middle of a field (byte 3)
}
