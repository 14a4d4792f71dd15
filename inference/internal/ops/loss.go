package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var lossAttrs = []Attr{{"ignore_index", Int, nil}, {"reduction", String, "mean"}}

// The inputs of losses.
const (
	lossX      = iota // [batch, classes, ...]
	lossTarget        // [batch, ...]: the class that each should have
	lossWeight        // [classes]
)

// inferLoss is the Infer of losses. The second output, if there is one, is like X.
func inferLoss(n *Node) error {
	x, target := n.In[lossX].Shape, n.In[lossTarget].Shape
	n.SetOut(1, x)
	reduction := n.String("reduction")
	switch reduction {
	case "none":
		n.SetOut(0, target)
	case "sum", "mean":
		n.SetOut(0, shape.Of())
	default:
		return fault.Format("reduction is %q", reduction)
	}
	if !x.Ranked() {
		return nil
	}
	if x.Rank() < 2 {
		return fault.Shape("X has %d dimensions, not a batch and classes at least", x.Rank())
	}
	like := append(x.Clone()[:1:1], x.Dims()[2:]...)
	both, ok := shape.Of(like...).Merge(target)
	if !ok {
		return fault.Shape("targets of %v where X is %v", target.Ints(), x.Ints())
	}
	if reduction == "none" {
		n.SetOut(0, both)
	}
	if n.Has(lossWeight) {
		if _, ok := shape.Of(x.Dim(1)).Merge(n.In[lossWeight].Shape); !ok {
			return fault.Shape("weights of %v where X is %v", n.In[lossWeight].Shape.Ints(), x.Ints())
		}
	}
	return nil
}

// loss is the kernel of losses. It computes in float64, a tile of targets at a time.
type loss struct {
	batch, classes, plane int
	normalize             bool // X are scores, to be turned into logarithms of probabilities first
	ignores               bool
	ignored               int64 // the class that does not count
	reduction             string
}

func newLoss(n *Node, normalize bool) (Kernel, error) {
	dims := n.In[lossX].Dims()
	return &loss{
		batch: dims[0], classes: dims[1], plane: tensor.Elems(dims[2:]), normalize: normalize,
		ignores: n.HasAttr("ignore_index"), ignored: n.Int("ignore_index"), reduction: n.String("reduction"),
	}, nil
}

// Scratch has room for two tiles, and one of the logarithms of sums.
func (k *loss) Scratch() int { return 3 * tileBytes }

func (k *loss) Run(c *Ctx) error {
	temp := tensor.Cast[float64](c.Scratch[:2*tileBytes])
	logs := tensor.Cast[float64](c.Scratch[2*tileBytes:][:tileBytes])
	clear(logs)
	var sum, weights float64
	p := pace{c: c}
	for b := range k.batch {
		for at := 0; at < k.plane; at += tile {
			n := min(tile, k.plane-at)
			work := n
			if k.normalize {
				work *= k.classes
			}
			if err := p.spend(work * softmaxWork); err != nil {
				return err
			}
			if k.normalize {
				k.logSums(c, logs[:n], temp, b*k.classes*k.plane+at)
			}
			for i := range n {
				loss, weight, err := k.one(c, b, at+i, logs[i])
				if err != nil {
					return err
				}
				if k.reduction == "none" {
					storeDoubles(c.Out[0], b*k.plane+at+i, []float64{loss})
				}
				sum, weights = sum+loss, weights+weight
			}
		}
	}
	switch k.reduction {
	case "mean":
		storeDoubles(c.Out[0], 0, []float64{sum / weights})
	case "sum":
		storeDoubles(c.Out[0], 0, []float64{sum})
	}
	return nil
}

// one returns the loss and the weight of one target. Log is what to take off the score.
func (k *loss) one(c *Ctx, batch, at int, log float64) (loss, weight float64, err error) {
	class := targetAt(c.In[lossTarget], batch*k.plane+at)
	if k.ignores && class == k.ignored {
		return 0, 0, nil
	}
	if class < 0 || class >= int64(k.classes) {
		return 0, 0, fault.Shape("target %d is none of %d classes", class, k.classes)
	}
	weight = 1
	if c.In[lossWeight] != nil {
		weight = doubleAt(c.In[lossWeight], int(class))
	}
	return (log - doubleAt(c.In[lossX], (batch*k.classes+int(class))*k.plane+at)) * weight, weight, nil
}

// targetAt returns an element of a tensor of indices.
func targetAt(t *tensor.Tensor, i int) int64 {
	if t.DType == dtype.Int32 {
		return int64(tensor.View[int32](t)[i])
	}
	return tensor.View[int64](t)[i]
}

// logSums computes, for as many columns of classes as logs is long, the logarithm of the sum of the powers of e, and
// from it the logarithms of probabilities if these are asked for. The columns begin at the given element.
func (k *loss) logSums(c *Ctx, logs, temp []float64, start int) {
	width, step, count := len(logs), k.plane, k.classes
	if k.plane == 1 { // one column, contiguous: go along it by tiles
		step, count = tile, blockCount(k.classes, tile)
	}
	tileOf := func(i int) []float64 {
		n := width
		if k.plane == 1 {
			n = min(tile, k.classes-i*tile)
		}
		return loadDoubles(temp[:n], c.In[lossX], start+i*step)
	}
	greatest := temp[tile:][:width]
	for i := range greatest {
		greatest[i] = math.Inf(-1)
	}
	for i := range count {
		for j, v := range tileOf(i) {
			greatest[j%width] = max(greatest[j%width], v)
		}
	}
	clear(logs)
	for i := range count {
		for j, v := range tileOf(i) {
			logs[j%width] += math.Exp(v - greatest[j%width])
		}
	}
	for i, v := range logs {
		logs[i] = math.Log(v) + greatest[i]
	}
	if len(c.Out) < 2 || c.Out[1] == nil {
		return
	}
	for i := range count {
		x := tileOf(i)
		for j := range x {
			x[j] -= logs[j%width]
		}
		storeDoubles(c.Out[1], start+i*step, x)
	}
}
