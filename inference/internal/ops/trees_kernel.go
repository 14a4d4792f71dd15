package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// aggregate is how the votes of all trees for a target become one number. The numbers are those of TreeEnsemble's
// aggregate_function.
type aggregate uint8

const (
	aggregateAverage aggregate = iota
	aggregateSum
	aggregateMin
	aggregateMax
)

// aggregates are the values of aggregate_function before version 5.
var aggregates = map[string]aggregate{
	"AVERAGE": aggregateAverage, "SUM": aggregateSum, "MIN": aggregateMin, "MAX": aggregateMax,
}

const (
	// treeBlock is how many rows go through a few trees before the next trees: these stay in the first-level cache.
	treeBlock = 64

	// treePartSteps is the number of steps from node to node from which on a goroutine more is worth it.
	treePartSteps = 1 << 13
)

// scorer makes the outputs for one row of the input of its aggregated votes, which it may change.
type scorer interface {
	score(c *Ctx, row int, votes []float64)
}

// ensemble is the kernel of all operators with trees. T is the type of the comparisons; features of another type are
// converted, a block of rows at a time.
type ensemble[T kernels.Float] struct {
	*forest[T]
	scorer
	rows, cols, targets int
	aggregate           aggregate
	converts            bool
	quick               *quickForest // of the forest, when it may be used
}

// treeRows returns how many rows and columns the features have: one row when there is one dimension.
func treeRows(s shape.Shape) (rows, cols shape.Dim, err error) {
	switch {
	case !s.Ranked():
		return shape.Unknown, shape.Unknown, nil
	case s.Rank() == 1:
		return 1, s.Dim(0), nil
	case s.Rank() == 2:
		return s.Dim(0), s.Dim(1), nil
	}
	return 0, 0, fault.Shape("the features have %d dimensions, not 1 or 2", s.Rank())
}

// newEnsemble makes the kernel for the type of n's features. Those of float32, and thresholds, are the same numbers as
// float64.
func newEnsemble(n *Node, spec func() (*treeSpec, error), double bool, targets int, a aggregate, s scorer) (Kernel, error) {
	if n.In[0].DType == dtype.Float32 && !double && !frugal {
		return ensembleOf[float32](n, spec, targets, a, s)
	}
	return ensembleOf[float64](n, spec, targets, a, s)
}

func ensembleOf[T kernels.Float](n *Node, spec func() (*treeSpec, error), targets int, a aggregate, s scorer) (Kernel, error) {
	f, err := forestOf[T](n, spec, targets)
	if err != nil {
		return nil, err
	}
	rows, cols, err := treeRows(n.In[0].Shape)
	if err != nil {
		return nil, err
	}
	if f.features > int(cols) {
		return nil, fault.Shape("the trees look at feature %d, but there are %d", f.features-1, cols)
	}
	k := &ensemble[T]{
		forest: f, scorer: s, rows: int(rows), cols: int(cols), targets: targets, aggregate: a,
		converts: n.In[0].DType != dtype.Of[T](),
	}
	if n.CPU != cpu.Portable {
		k.quick = f.quick
	}
	return k, nil
}

func (k *ensemble[T]) block() int { return min(k.rows, max(1, min(treeBlock, (1<<14)/k.targets))) }

// Scratch is for the votes of a block of rows, and its features if they are converted.
func (k *ensemble[T]) Scratch() int {
	size := k.block() * k.targets * 8
	size += 4 * ((k.quickScratch(k.block()) + 1) &^ 1) // the features after it may be float64
	if k.converts {
		size += elemBytes[T](k.block() * k.cols)
	}
	return size
}

func (k *ensemble[T]) Parts(threads int) int {
	steps := 0
	for _, d := range k.Depths {
		steps += int(d)
	}
	return max(1, min(threads, k.rows, int(min(int64(steps)*int64(k.rows)/treePartSteps, 1<<16))))
}

func (k *ensemble[T]) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *ensemble[T]) RunPart(c *Ctx, part, parts int) error {
	scratch := c.Part(part, parts)
	block := k.block()
	size := c.In[0].DType.Size() * k.cols // bytes of a row
	votes, scratch := tensor.Cast[float64](scratch)[:block*k.targets], scratch[block*k.targets*8:]
	quick := (k.quickScratch(block) + 1) &^ 1
	spare, converted := tensor.Cast[uint32](scratch)[:quick], tensor.Cast[T](scratch[4*quick:])
	end := int(int64(k.rows) * int64(part+1) / int64(parts))
	for row := int(int64(k.rows) * int64(part) / int64(parts)); row < end; row += block {
		if err := c.Cancelled(); err != nil {
			return err
		}
		rows := min(block, end-row)
		data := c.In[0].Data[row*size:][:rows*size]
		x := converted
		if k.converts {
			x = x[:rows*k.cols]
			load(x, data, c.In[0].DType)
		} else {
			x = tensor.Cast[T](data)
		}
		k.vote(votes[:rows*k.targets], x, rows, spare)
		for i := range rows {
			k.score(c, row+i, votes[i*k.targets:][:k.targets])
		}
	}
	return nil
}

// vote aggregates the votes of all trees on a block of rows.
func (k *ensemble[T]) vote(votes []float64, x []T, rows int, spare []uint32) {
	fill := 0.0
	if k.aggregate == aggregateMin || k.aggregate == aggregateMax {
		fill = math.NaN() // no vote yet
	}
	kernels.Fill(votes, fill)
	if !k.voteQuick(votes, x, rows, spare) {
		k.walk(votes, x, rows)
	}
	switch k.aggregate {
	case aggregateAverage:
		for i := range votes {
			votes[i] /= float64(len(k.Roots))
		}
	case aggregateMin, aggregateMax:
		for i, v := range votes {
			if v != v {
				votes[i] = 0
			}
		}
	}
}

// walk aggregates the votes on a block of rows that may have NaN, of trees that may ask anything.
func (k *ensemble[T]) walk(votes []float64, x []T, rows int) {
	var clean [treeBlock]bool
	for i := range rows {
		clean[i] = !kernels.HasNaN(x[i*k.cols:][:k.cols])
	}
	var leaf [kernels.Lanes]uint32
	for t := 0; t < len(k.Roots); t += kernels.Lanes {
		n := min(kernels.Lanes, len(k.Roots)-t)
		for i := range rows {
			kernels.Leaves(&k.Forest, &leaf, x[i*k.cols:][:k.cols], t, clean[i])
			k.count(votes[i*k.targets:][:k.targets], leaf[:n])
		}
	}
}

// count aggregates the votes of leaves.
func (k *ensemble[T]) count(votes []float64, leaves []uint32) {
	if k.sums == nil || k.aggregate > aggregateSum {
		for _, l := range leaves {
			k.add(votes, l)
		}
		return
	}
	sum := votes[0]
	for _, l := range leaves {
		sum += float64(k.sums[l])
	}
	votes[0] = sum
}

// add aggregates the votes of one leaf.
func (k *ensemble[T]) add(votes []float64, leaf uint32) {
	for i := k.first[leaf]; i < k.first[leaf+1]; i++ {
		v, w := &votes[k.forest.targets[i]], float64(k.weights[i])
		switch k.aggregate {
		case aggregateMin:
			if !(*v <= w) {
				*v = w
			}
		case aggregateMax:
			if !(*v >= w) {
				*v = w
			}
		default:
			*v += w
		}
	}
}
