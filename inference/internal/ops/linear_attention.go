package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// smallActivations are the types of newer operators of language models.
const smallActivations = dtype.Halves | 1<<dtype.Float32

var _ = register(&opLinearAttention)

// opLinearAttention computes for each query its product with a state, a matrix for each head to which keys and
// values are added one after the other.
var opLinearAttention = Op{
	Name: "LinearAttention",
	Versions: []Version{
		{
			Since: 27, In: Args{"T", "T", "T", "S?", "T?", "T?"}, Out: Args{"T", "S"},
			Types: []Constraint{{"T", smallActivations}, {"S", smallActivations}},
			Attrs: []Attr{
				{"chunk_size", Int, 64}, // the results do not depend on it
				{"kv_num_heads", Int, Required},
				{"q_num_heads", Int, Required},
				{"scale", Float, 0.0},
				{"update_rule", String, "gated_delta"},
			},
			Infer: inferLinearAttention, New: newLinearAttention, Cost: linearAttentionCost,
		},
	},
}

// The inputs of LinearAttention, of which queries, keys and values are those of Attention with three dimensions.
const (
	linearPast  = 3 + iota // [batch, heads, size, value size]
	linearDecay            // [batch, sequence, heads], or heads * size: the logarithm of what remains of the state
	linearBeta             // [batch, sequence, heads], or 1: how much of a value is written
)

// linearDims returns the lengths of a LinearAttention.
func linearDims(n *Node) (*attentionDims, error) {
	d, err := newAttentionDims(&n.In[attentionQ], &n.In[attentionK], &n.In[attentionV], n.Int("q_num_heads"), n.Int("kv_num_heads"))
	if err != nil {
		return nil, err
	}
	ranked := n.In[attentionQ].Shape.Ranked() || n.In[attentionK].Shape.Ranked() || n.In[attentionV].Shape.Ranked()
	if ranked && !d.packed {
		return nil, fault.Shape("the inputs have four dimensions, not three")
	}
	return d, agree("queries and keys", &d.queries, d.fresh)
}

func inferLinearAttention(n *Node) error {
	if !n.Has(linearPast) {
		n.Out[1].DType = n.In[attentionQ].DType
	}
	gated, delta, err := linearRule(n)
	if err != nil {
		return err
	}
	if n.Has(linearDecay) != gated || n.Has(linearBeta) != delta {
		return fault.Format("rule %q goes with decay: %t, beta: %t; given are decay: %t, beta: %t",
			n.String("update_rule"), gated, delta, n.Has(linearDecay), n.Has(linearBeta))
	}
	d, err := linearDims(n)
	if err != nil {
		return err
	}
	if d.packed {
		n.SetOut(0, d.output())
	}
	state := shape.Of(d.batch, d.kvHeads, d.size, d.valueSize)
	n.SetOut(1, state)
	if n.Has(linearPast) {
		if _, ok := state.Merge(n.In[linearPast].Shape); !ok {
			return fault.Shape("a state of %v where %v is needed", n.In[linearPast].Shape.Ints(), state.Ints())
		}
	}
	wide := shape.Unknown
	if d.kvHeads.Known() && d.size.Known() {
		wide = d.kvHeads * d.size
	}
	if err := checkLinearGate(n, linearDecay, d, wide); err != nil {
		return err
	}
	return checkLinearGate(n, linearBeta, d, 1)
}

// checkLinearGate checks the shape of decay or beta: its rows are as long as there are heads, or of another length.
func checkLinearGate(n *Node, i int, d *attentionDims, other shape.Dim) error {
	if !n.Has(i) || !n.In[i].Shape.Ranked() {
		return nil
	}
	s := n.In[i].Shape
	if _, ok := shape.Of(d.batch, d.queries, shape.Unknown).Merge(s); !ok {
		return fault.Shape("input %d is %v, where %d sequences of %d are", i, s.Ints(), d.batch, d.queries)
	}
	if last := s.Dim(2); last.Known() && d.kvHeads.Known() && other.Known() && last != d.kvHeads && last != other {
		return fault.Shape("input %d is %v, where %d heads are", i, s.Ints(), d.kvHeads)
	}
	return nil
}

// linearRule returns whether a node lets its state decay, and whether it takes off what that holds for a key already.
func linearRule(n *Node) (gated, delta bool, err error) {
	switch rule := n.String("update_rule"); rule {
	case "linear":
	case "gated":
		gated = true
	case "delta":
		delta = true
	case "gated_delta":
		gated, delta = true, true
	default:
		err = fault.Format("update_rule is %q", rule)
	}
	return gated, delta, err
}

func linearAttentionCost(n *Node) int64 {
	d, err := linearDims(n)
	if err != nil {
		return 0
	}
	return int64(d.batch) * int64(d.queries) * int64(d.heads+2*d.kvHeads) * int64(d.size) * int64(d.valueSize)
}

// linearAttention is the kernel of LinearAttention. It goes from one to the next of the sequence.
type linearAttention struct {
	batch, heads, kvHeads, sequence int
	size, valueSize                 int
	scale                           float32
	gated, delta                    bool
	decays, betas                   int // in a row of decay and of beta
}

func newLinearAttention(n *Node) (Kernel, error) {
	return choose(n, typed[float32](func(n *Node) (Kernel, error) {
		d, err := linearDims(n)
		if err != nil {
			return nil, err
		}
		k := &linearAttention{
			batch: int(d.batch), heads: int(d.heads), kvHeads: int(d.kvHeads), sequence: int(d.queries),
			size: int(d.size), valueSize: int(d.valueSize), scale: n.Float("scale"),
		}
		if k.scale == 0 {
			k.scale = float32(1 / math.Sqrt(float64(k.size)))
		}
		if k.gated, k.delta, err = linearRule(n); err != nil {
			return nil, err
		}
		if k.gated {
			k.decays = n.In[linearDecay].Dims()[2]
		}
		if k.delta {
			k.betas = n.In[linearBeta].Dims()[2]
		}
		return k, nil
	}))
}

// Scratch has room for a value, and for what remains of each row of a state.
func (k *linearAttention) Scratch() int { return elemBytes[float32](k.size + k.valueSize) }

// work returns the multiply-accumulates of a step of a head.
func (k *linearAttention) work() int { return (2 + k.heads/k.kvHeads) * k.size * k.valueSize }

func (k *linearAttention) Parts(threads int) int {
	tasks := k.batch * k.kvHeads
	return partsFor(threads, tasks, int64(tasks)*int64(k.sequence)*int64(k.work()))
}

func (k *linearAttention) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *linearAttention) RunPart(c *Ctx, part, parts int) error {
	temp := tensor.Cast[float32](c.Part(part, parts))
	from, to := share(k.batch*k.kvHeads, part, parts)
	p := pace{c: c}
	states := tensor.View[float32](c.Out[1])
	each := k.size * k.valueSize
	for i := from; i < to; i++ {
		state := states[i*each:][:each]
		if c.In[linearPast] != nil {
			copy(state, tensor.View[float32](c.In[linearPast])[i*each:])
		} else {
			clear(state)
		}
		for t := range k.sequence {
			if err := p.spend(k.work()); err != nil {
				return err
			}
			k.step(c, state, temp, i/k.kvHeads*k.sequence+t, i%k.kvHeads)
		}
	}
	return nil
}

// step writes one of the sequence to the state of a head, and reads the state for the queries of that head. Row counts
// those of all sequences.
func (k *linearAttention) step(c *Ctx, state, temp []float32, row, head int) {
	key := tensor.View[float32](c.In[attentionK])[(row*k.kvHeads+head)*k.size:][:k.size]
	value := tensor.View[float32](c.In[attentionV])[(row*k.kvHeads+head)*k.valueSize:][:k.valueSize]
	if k.gated {
		decay := tensor.View[float32](c.In[linearDecay])[row*k.decays:][:k.decays]
		remains := temp[:k.size]
		if k.decays == k.kvHeads {
			kernels.Fill(remains, float32(math.Exp(float64(decay[head]))))
		} else {
			kernels.Exp32(remains, decay[head*k.size:][:k.size])
		}
		for i, v := range remains {
			kernels.ScaleBy(state[i*k.valueSize:][:k.valueSize], v)
		}
	}
	s := kernels.Rows[float32]{Data: state, Stride: k.valueSize}
	if k.delta {
		known := temp[k.size:][:k.valueSize]
		clear(known)
		kernels.AddMatMul(kernels.Rows[float32]{Data: known}, kernels.Rows[float32]{Data: key}, s, 1, k.valueSize, k.size)
		beta := tensor.View[float32](c.In[linearBeta])[row*k.betas+min(head, k.betas-1)]
		for i, v := range known {
			known[i] = beta * (value[i] - v)
		}
		value = known
	}
	kernels.AddMatMul(s, kernels.Rows[float32]{Data: key, Stride: 1}, kernels.Rows[float32]{Data: value}, k.size, k.valueSize, 1)
	group := k.heads / k.kvHeads
	first := row*k.heads + head*group
	queries := tensor.View[float32](c.In[attentionQ])[first*k.size:]
	y := tensor.View[float32](c.Out[0])[first*k.valueSize:][:group*k.valueSize]
	clear(y)
	kernels.AddMatMul(kernels.Rows[float32]{Data: y, Stride: k.valueSize}, kernels.Rows[float32]{Data: queries, Stride: k.size},
		s, group, k.valueSize, k.size)
	kernels.ScaleBy(y, k.scale)
}
