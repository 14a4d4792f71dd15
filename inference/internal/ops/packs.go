package ops

import (
	"sync"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// Packs keeps constants in the layouts that kernels want them in, so that every plan of a model shares one copy.
// It is safe for concurrent use.
type Packs struct {
	mu   sync.Mutex
	made map[packKey]any
}

// packKey is a constant and the layout it is wanted in.
type packKey struct {
	of     *tensor.Tensor
	layout any
}

// pack returns the value of input i in the layout that make computes, sharing it with all kernels that want the same
// layout of the same constant. Layout is comparable and decides, with the value, what make returns.
func pack[P any](n *Node, i int, layout any, make func() P) P {
	p, in := n.Packs, &n.In[i]
	if p == nil || !in.Constant {
		return make()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	k := packKey{in.Value, layout}
	if v, ok := p.made[k]; ok {
		return v.(P)
	}
	v := make()
	if p.made == nil {
		p.made = map[packKey]any{}
	}
	p.made[k] = v
	return v
}
