package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/graph"
	"github.com/brinkml/brink/inference/internal/tensor"
	"github.com/brinkml/brink/inference/internal/wire"
)

var _ = register(&opSequenceMap)

// opSequenceMap computes the sequences of what a graph makes of each item of a sequence.
var opSequenceMap = Op{
	Name: "SequenceMap",
	Versions: []Version{
		{
			Since: 17, In: Args{"S", "V*...?"}, Out: Args{"S*..."}, Types: []Constraint{{"S", sequences}, {"V", dtype.Original | dtype.InSequences}},
			Attrs: []Attr{{"body", Graph, Required}}, Infer: inferSequenceMap, New: newSequenceMap,
		},
	},
}

// sequenceMap is the kernel of SequenceMap. Inputs that are sequences are gone along together, others are the same for
// every item.
type sequenceMap struct {
	body *Body
	in   int
	seq  []bool // by input
}

func sequenceMapOf(n *Node) (*sequenceMap, error) {
	k := &sequenceMap{body: n.Body("body"), in: n.Explicit()}
	if len(k.body.Graph.Inputs) != k.in || len(k.body.Graph.Outputs) != len(n.Out) {
		return nil, fault.Format("a body of %d inputs and %d outputs for %d inputs and %d outputs",
			len(k.body.Graph.Inputs), len(k.body.Graph.Outputs), k.in, len(n.Out))
	}
	for i := range k.in {
		k.seq = append(k.seq, n.In[i].Kind == wire.TypeSequence)
	}
	return k, nil
}

func inferSequenceMap(n *Node) error {
	k, err := sequenceMapOf(n)
	if err != nil {
		return err
	}
	in := make([]Operand, k.in)
	for i := range in {
		in[i].Type = n.In[i].Type
		if k.seq[i] {
			in[i].Type = *n.In[i].Type.Elem
		}
	}
	out, err := k.body.Types(k.body, in)
	if err != nil {
		return err
	}
	for i := range n.Out {
		if out[i].Kind != wire.TypeTensor {
			n.Out[i].Type = graph.Type{}
			continue
		}
		n.Out[i].Type = sequenceOf(out[i].Type)
	}
	return nil
}

func newSequenceMap(n *Node) (Kernel, error) { return sequenceMapOf(n) }

func (k *sequenceMap) Run(c *Ctx) error {
	lists := make([][]*tensor.Tensor, k.in)
	count := 0
	for i := range lists {
		if !k.seq[i] {
			continue
		}
		var err error
		if lists[i], err = c.items(i); err != nil {
			return err
		}
		if i == 0 {
			count = len(lists[0])
		} else if len(lists[i]) != count {
			return fault.Shape("sequences of %d and %d items", count, len(lists[i]))
		}
	}
	in := make([]*tensor.Tensor, k.in)
	copy(in, c.In)
	made := make([][]*tensor.Tensor, len(c.Out))
	for at := range count {
		for i, list := range lists {
			if k.seq[i] {
				in[i] = list[at]
			}
		}
		out, err := c.Call(k.body, in...)
		if err != nil {
			return err
		}
		for i, t := range out {
			kept, err := c.Keep(t)
			if err != nil {
				return err
			}
			made[i] = append(made[i], kept)
		}
	}
	for i := range made {
		if err := c.holdItems(i, made[i]); err != nil {
			return err
		}
	}
	return nil
}
