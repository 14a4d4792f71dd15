package ops

import (
	"slices"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/shape"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opNonMaxSuppression)

// opNonMaxSuppression computes the boxes of each class, best first, that overlap no better one by more than a share
// of their union.
var opNonMaxSuppression = Op{
	Name: "NonMaxSuppression",
	Versions: []Version{
		{
			Since: 10, Again: 1 << 11, In: Args{"float32", "float32", "int64?", "float32?", "float32?"}, Out: Args{"int64"},
			Attrs: []Attr{{"center_point_box", Int, 0}}, Infer: inferNonMaxSuppression, New: newNonMaxSuppression,
		},
	},
}

// The inputs of NonMaxSuppression.
const (
	nmsBoxes  = iota // [batch, boxes, 4]
	nmsScores        // [batch, classes, boxes]
	nmsMost
	nmsOverlap
	nmsLeast
)

func inferNonMaxSuppression(n *Node) error {
	n.Out[0].DType = dtype.Int64
	n.SetOut(0, shape.Of(shape.Unknown, 3))
	boxes, scores := n.In[nmsBoxes].Shape, n.In[nmsScores].Shape
	if boxes.Ranked() && (boxes.Rank() != 3 || boxes.Dim(2).Known() && boxes.Dim(2) != 4) {
		return fault.Shape("boxes of %v", boxes.Ints())
	}
	if scores.Ranked() && scores.Rank() != 3 {
		return fault.Shape("scores of %v", scores.Ints())
	}
	if boxes.Static() && scores.Static() && (boxes.Dim(0) != scores.Dim(0) || boxes.Dim(1) != scores.Dim(2)) {
		return fault.Shape("scores of %v for boxes of %v", scores.Ints(), boxes.Ints())
	}
	return nil
}

type nonMaxSuppression struct {
	batches, classes, boxes int
	centers                 bool // a box is given by its center and size, not by two corners
}

func newNonMaxSuppression(n *Node) (Kernel, error) {
	s := n.In[nmsScores].Dims()
	return &nonMaxSuppression{batches: s[0], classes: s[1], boxes: s[2], centers: n.Flag("center_point_box")}, nil
}

// box is a rectangle: its sides along both axes.
type box struct{ x0, x1, y0, y1, area float32 }

// Scratch is for the boxes of one of the batch, in this form, and the order of those of one class.
func (k *nonMaxSuppression) Scratch() int { return k.boxes * (elemBytes[box](1) + elemBytes[int](1)) }

func (k *nonMaxSuppression) Run(c *Ctx) error {
	most, overlap := int64(0), float32(0)
	if t := c.In[nmsMost]; t != nil && t.Len() > 0 {
		most = min(max(tensor.View[int64](t)[0], 0), int64(k.boxes))
	}
	if t := c.In[nmsOverlap]; t != nil && t.Len() > 0 {
		overlap = tensor.View[float32](t)[0]
	}
	var least []float32
	if t := c.In[nmsLeast]; t != nil {
		least = tensor.View[float32](t)
	}
	var chosen []int64 // of batch, class and box each
	order := tensor.Cast[int](c.Scratch[:k.boxes*elemBytes[int](1)])
	boxes := tensor.Cast[box](c.Scratch[len(order)*elemBytes[int](1):][:k.boxes*elemBytes[box](1)])
	p := pace{c: c}
	for b := range k.batches {
		k.read(boxes, tensor.View[float32](c.In[nmsBoxes])[b*k.boxes*4:])
		for class := range k.classes {
			scores := tensor.View[float32](c.In[nmsScores])[(b*k.classes+class)*k.boxes:][:k.boxes]
			if err := p.spend(64 * k.boxes); err != nil {
				return err
			}
			first := len(chosen)
			for _, i := range ranked(order, scores, least) {
				if int64(len(chosen)-first) >= 3*most {
					break
				}
				if err := p.spend(len(chosen) - first); err != nil {
					return err
				}
				if !covered(boxes, chosen[first:], int(i), overlap) {
					chosen = append(chosen, int64(b), int64(class), int64(i))
				}
			}
		}
	}
	y, err := c.Alloc(0, dtype.Int64, []int{len(chosen) / 3, 3})
	if err == nil {
		copy(tensor.View[int64](y), chosen)
	}
	return err
}

// read puts the boxes of one of the batch into the form that is computed with.
func (k *nonMaxSuppression) read(boxes []box, from []float32) {
	for i := range boxes {
		v := from[4*i:][:4]
		b := box{v[1], v[3], v[0], v[2], 0}
		if k.centers {
			w, h := v[2]/2, v[3]/2
			b = box{v[0] - w, v[0] + w, v[1] - h, v[1] + h, 0}
		} else {
			b = box{min(b.x0, b.x1), max(b.x0, b.x1), min(b.y0, b.y1), max(b.y0, b.y1), 0}
		}
		b.area = float32((b.x1 - b.x0) * (b.y1 - b.y0))
		boxes[i] = b
	}
}

// ranked returns the indices of scores, the best first, without those that are not greater than the least, if there is
// one. Equal ones stay in order; NaN is the worst.
func ranked(order []int, scores, least []float32) []int {
	order = order[:0]
	for i, s := range scores {
		if len(least) == 0 || s > least[0] {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		x, y := scores[a], scores[b]
		switch {
		case x > y || x == x && y != y:
			return -1
		case x < y || x != x && y == y:
			return 1
		}
		return a - b
	})
	return order
}

// covered reports whether a box overlaps one of those that are chosen too much.
func covered(boxes []box, chosen []int64, i int, overlap float32) bool {
	a := &boxes[i]
	for at := 2; at < len(chosen); at += 3 {
		b := &boxes[chosen[at]]
		w, h := min(a.x1, b.x1)-max(a.x0, b.x0), min(a.y1, b.y1)-max(a.y0, b.y0)
		if !(w > 0) || !(h > 0) {
			continue
		}
		both := float32(w * h)
		either := float32(a.area+b.area) - both
		if both > 0 && a.area > 0 && b.area > 0 && either > 0 && both/either > overlap {
			return true
		}
	}
	return false
}
