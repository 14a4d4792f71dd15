package plan

import (
	"github.com/brinkml/brink/inference/internal/ops"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// Constants that follow from large ones, such as weights multiplied with the scale of a normalisation, are written to
// memory one after the other, while the kernels that put them into a layout of their own are made; and of a file that is
// mapped, what was put into such a layout does not stay in memory. So there is one copy of each.

// fill gives the kernel of n, which is about to be made, the elements of its lazy constants.
func (b *builder) fill(n *ops.Node) error {
	at := 0
	for i := range n.In {
		in := &n.In[i]
		if in.Value == nil || in.Value.Lazy == nil {
			continue
		}
		n := lazyBytes(in.Value)
		size := roundUp(n)
		if len(b.lazy) < at+size {
			if b.lazy != nil {
				size = max(size, b.largest())
			}
			b.lazy = tensor.Alloc(at + size) // what was filled before stays where it is
		}
		data := b.lazy[at:][:n]
		if err := in.Value.Lazy(data); err != nil {
			return err
		}
		in.Source, in.Value = in.Value, &tensor.Tensor{DType: in.DType, Shape: in.Value.Shape, Data: data}
		at += roundUp(n)
	}
	return nil
}

// largest returns the size of the largest lazy constant.
func (b *builder) largest() (size int) {
	for i := range b.typing.Values {
		if t := b.typing.Values[i].Known; t != nil && t.Lazy != nil {
			size = max(size, roundUp(lazyBytes(t)))
		}
	}
	return size
}

// lazyBytes returns how many bytes the elements of a lazy constant take.
func lazyBytes(t *tensor.Tensor) int { return t.Len() * t.DType.Size() }

// settle is called when the kernel of n, whose step is s, has been made. Lazy constants that the step looks at while it
// runs stay in memory; what else it packed does not.
func (b *builder) settle(n *ops.Node, s *Step) error {
	for i := range n.In {
		in := &n.In[i]
		switch {
		case in.Value == nil || s.In[i] < 0:
		case in.Packed && in.Source == nil:
			b.plan.Program.Model.Done(in.Value.Data)
		case !in.Packed && (in.Source != nil || in.Value.Lazy != nil):
			var filled *tensor.Tensor
			if in.Source != nil && len(b.lazy) < 2*len(in.Value.Data) {
				filled = in.Value
			}
			if err := b.keep(s.In[i], filled); err != nil {
				return err
			}
			b.lazy = nil // the kernel may have kept it
			in.Value, in.Source = b.plan.Slots[s.In[i]].Const, nil
		}
	}
	return nil
}

// keep has the value in a slot, if it is a lazy constant, stay in memory: that is filled, unless it is nil.
func (b *builder) keep(slot int, filled *tensor.Tensor) error {
	s := &b.plan.Slots[slot]
	if s.Const == nil || s.Const.Lazy == nil {
		return nil
	}
	t, err := b.plan.Program.Packs.Plain(s.Const, filled)
	s.Const = t
	return err
}
