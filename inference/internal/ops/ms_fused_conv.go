package ops

import (
	"math"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
	"github.com/brinkml/brink/inference/internal/tensor"
)

var _ = register(&opMSFusedConv)

// opMSFusedConv computes an activation of a convolution, to which another tensor may be added first.
var opMSFusedConv = Op{
	Name: "FusedConv", Domain: microsoft,
	Versions: []Version{
		{
			Since: 1, In: Args{"T", "T", "T?", "T?"}, Out: Args{"T"}, Types: []Constraint{{"T", dtype.IEEE}},
			Attrs: []Attr{
				{"activation", String, nil},
				{"activation_params", Floats, nil},
				{"auto_pad", String, "NOTSET"},
				{"dilations", Ints, nil},
				{"group", Int, 1},
				{"kernel_shape", Ints, nil},
				{"pads", Ints, nil},
				{"strides", Ints, nil},
			},
			Infer: inferFusedConv, New: newFusedConv, Cost: convCost,
		},
	},
}

// fusedZ is the input of FusedConv, after those of Conv, that is added.
const fusedZ = convB + 1

func inferFusedConv(n *Node) error {
	if err := inferConv(n); err != nil {
		return err
	}
	if n.Has(fusedZ) {
		if _, ok := n.Out[0].Shape.Merge(n.In[fusedZ].Shape); !ok {
			return fault.Shape("Z is %v, where the convolution is %v", n.In[fusedZ].Shape.Ints(), n.Out[0].Shape.Ints())
		}
	}
	return nil
}

func newFusedConv(n *Node) (Kernel, error) {
	if k, err := newConvFirst(n); k != nil || err != nil {
		return k, err
	}
	return choose(n,
		typed[float32](func(n *Node) (Kernel, error) { return fusedConvOf[float32](n, convOf[float32]) }),
		typed[float64](func(n *Node) (Kernel, error) { return fusedConvOf[float64](n, conv64) }))
}

// fusedConvOf makes the kernel of FusedConv of that of Conv.
func fusedConvOf[T kernels.Float](n *Node, unfused func(n *Node) (Kernel, error)) (Kernel, error) {
	made, err := unfused(n)
	if err != nil {
		return nil, err
	}
	f, err := fusedActivation[T](n)
	if err != nil {
		return nil, err
	}
	add := n.Has(fusedZ)
	finish := func(c *Ctx, y []T, at int) {
		if add {
			kernels.AddScaled(y, tensor.View[T](c.In[fusedZ])[at:][:len(y)], 1, 1)
		}
		if f != nil {
			f(y)
		}
	}
	switch k := made.(type) {
	case *conv[T]:
		k.finish = finish
	case *planes:
		plane, size := k.plane, n.Out[0].Len()/k.count
		k.plane = func(c *Ctx, i int) {
			plane(c, i)
			finish(c, tensor.View[T](c.Out[0])[i*size:][:size], i*size)
		}
	}
	return made, nil
}

// clampOf returns the bounds of an activation that does no more than to clamp, and whether it is one.
func clampOf(n *Node) (lo, hi float32, ok bool) {
	if n.Version.Attr("activation") == nil {
		return 0, 0, false
	}
	switch params := n.Floats("activation_params"); n.String("activation") {
	case "Relu":
		return 0, float32(math.Inf(1)), true
	case "Clip":
		if len(params) == 2 && params[0] <= params[1] {
			return params[0], params[1], true
		}
	}
	return 0, 0, false
}

// fusedActivation returns what is done with what is computed, nil when that is nothing.
func fusedActivation[T kernels.Float](n *Node) (activation[T], error) {
	return activationOf[T](n.String("activation"), n.Floats("activation_params"))
}

// activationOf returns the activation of that name, nil when there is none. The parameters are in the order of the
// attributes of the operator whose name the activation has.
func activationOf[T kernels.Float](name string, params []float32) (activation[T], error) {
	switch name {
	case "":
		return nil, nil
	case "Clip":
		if len(params) != 2 {
			return nil, fault.Format("%d parameters for Clip; its bounds are needed", len(params))
		}
		least, most := T(params[0]), T(params[1])
		return func(v []T) { kernels.Clip(v, v, least, most) }, nil
	}
	var alphas, betas []float32
	if len(params) > 0 {
		alphas, betas = params[:1], params[1:]
	}
	f, err := makeActivations[T]([]string{name}, &alphas, &betas)
	if err != nil {
		return nil, err
	}
	return f[0], nil
}
