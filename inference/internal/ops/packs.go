package ops

import (
	"cmp"
	"sync"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// Packs keeps constants in the layouts that kernels want them in, so that every plan of a model shares one copy.
// It is safe for concurrent use.
type Packs struct {
	// Done, which may be nil, says that data, of a constant, was packed and need not stay in memory.
	Done func(data []byte)

	mu   sync.Mutex
	made map[packKey]any
}

// packKey is a constant and the layout it is wanted in.
type packKey struct {
	of     *tensor.Tensor
	layout any
}

// get returns what is kept under a key, having it made when it is asked for first.
func (p *Packs) get(k packKey, make func() (any, error)) (any, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v, ok := p.made[k]; ok {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return nil, err
	}
	if p.made == nil {
		p.made = map[packKey]any{}
	}
	p.made[k] = v
	return v, nil
}

// pack returns the value of input i in the layout that make computes, sharing it with all kernels that want the same
// layout of the same constant. Layout is comparable and decides, with the value, what make returns.
//
// A kernel that packs an input keeps nothing else of its value, and does not look at that input when it runs: what was
// packed is let go of.
func pack[P any](n *Node, i int, layout any, make func() P) P {
	p, in := n.Packs, &n.In[i]
	if p == nil || !in.Constant {
		return make()
	}
	in.Packed = true
	v, _ := p.get(packKey{cmp.Or(in.Source, in.Value), layout}, func() (any, error) { return make(), nil })
	return v.(P)
}

// packed says that a part of the constant that is input i of n was packed, of one so large that the whole of it and the
// whole of what it is packed into are not to be in memory at the same time.
func packed(n *Node, i int, part []byte) {
	if p, in := n.Packs, &n.In[i]; p != nil && p.Done != nil && in.Constant && in.Source == nil {
		p.Done(part)
	}
}

// plain is the layout of a constant's tensor itself.
type plain struct{}

// Plain returns what t, which is Lazy, holds, for kernels that look at it while they run. If the caller has that already
// it may give it, as filled, to be kept.
func (p *Packs) Plain(t, filled *tensor.Tensor) (*tensor.Tensor, error) {
	v, err := p.get(packKey{t, plain{}}, func() (any, error) {
		if filled != nil {
			return filled, nil
		}
		return t.Filled()
	})
	if err != nil {
		return nil, err
	}
	return v.(*tensor.Tensor), nil
}
