package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// trainingDomain is the domain of the operators that change weights by gradients.
const trainingDomain = "ai.onnx.preview.training"

// optimizerVersions returns the versions of an operator that changes weights.
//
// Its inputs are a learning rate, how many steps went before, all weights, all gradients, and then what the operator
// keeps of the steps before: one or two more tensors for each weight. Its outputs are the new weights, and what it
// keeps for the next step.
func optimizerVersions(attrs []Attr, infer func(n *Node) error, new func(n *Node) (Kernel, error)) []Version {
	return []Version{{
		Since: 1, In: Args{"T1", "int64", "T3*..."}, Out: Args{"T3*..."},
		Types: []Constraint{{"T1", dtype.Floats}, {"T3", dtype.Floats}}, Attrs: attrs, Infer: infer, New: new,
	}}
}

// The inputs of optimizers before the weights.
const (
	optimizerRate = iota
	optimizerSteps
	optimizerWeights
)

// inferOptimizer is the Infer of an optimizer that keeps so many tensors for each weight.
func inferOptimizer(n *Node, kept int) error {
	given := len(n.In) - optimizerWeights
	count := given / (2 + kept)
	if given%(2+kept) != 0 || len(n.Out) != count*(1+kept) {
		return fault.Format("%d inputs and %d outputs for weights, of which each has %d and %d", given, len(n.Out), 2+kept, 1+kept)
	}
	for i := range optimizerWeights {
		if s := n.In[i].Shape; s.Static() && s.Elems(0, s.Rank()) != 1 {
			return fault.Shape("input %d is %v, not a number", i, s.Ints())
		}
	}
	for i := range count {
		s := n.In[optimizerWeights+i].Shape
		for j := 1; j < 2+kept; j++ {
			other := n.In[optimizerWeights+j*count+i].Shape
			both, ok := s.Merge(other)
			if !ok {
				return fault.Shape("input %d is %v where %v is needed", optimizerWeights+j*count+i, other.Ints(), s.Ints())
			}
			s = both
		}
		for j := range 1 + kept {
			of := i // the new weights come first; there are no new gradients
			if j > 0 {
				of = (j+1)*count + i
			}
			n.Out[j*count+i].DType = n.In[optimizerWeights+of].DType
			n.SetOut(j*count+i, s)
		}
	}
	return nil
}

// optimizerStep is what an optimizer changes at once: some elements of a weight, its gradient, and what it keeps.
type optimizerStep struct {
	rate float64
	done float64 // steps that went before
	x, g []float64
	v, h []float64 // what is kept; h only where there are two
}

// optimizer is the kernel of optimizers that keep so many tensors for each weight. It computes in float64.
type optimizer struct {
	kept   int
	update func(s optimizerStep) // changes all but gradients, in place
}

func (k *optimizer) Scratch() int { return (2 + k.kept) * tileBytes }

func (k *optimizer) Run(c *Ctx) error {
	s := optimizerStep{rate: doubleAt(c.In[optimizerRate], 0), done: float64(tensor.View[int64](c.In[optimizerSteps])[0])}
	in := c.In[optimizerWeights:]
	count := len(in) / (2 + k.kept)
	load := [...]*[]float64{&s.x, &s.g, &s.v, &s.h}
	p := pace{c: c}
	for i := range count {
		for at, size := 0, in[i].Len(); at < size; at += tile {
			n := min(tile, size-at)
			if err := p.spend(n * softmaxWork); err != nil {
				return err
			}
			for j, to := range load[:2+k.kept] {
				*to = loadDoubles(tensor.Cast[float64](c.Scratch[j*tileBytes:][:tileBytes])[:n], in[j*count+i], at)
			}
			k.update(s)
			store := [...][]float64{s.x, s.v, s.h}
			for j, from := range store[:1+k.kept] {
				if out := c.Out[j*count+i]; out != nil {
					storeDoubles(out, at, from)
				}
			}
		}
	}
	return nil
}

// regularize adds to the gradients those of the squares of the weights.
func (s *optimizerStep) regularize(by float64) {
	for i, x := range s.x {
		s.g[i] += by * x
	}
}
