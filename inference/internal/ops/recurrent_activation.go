package ops

import (
	"math"
	"strings"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/fault"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// activation is a function that a recurrent operator applies to each element of v, in place.
type activation[T kernels.Float] func(v []T)

// activations returns the functions of one direction of a recurrent node, which has perDir of them in each. When the
// node names none they are those of fallback.
//
// The values of activation_alpha and activation_beta go in order to those functions that have such a parameter; one
// that gets none has the default of the ONNX operator of its name, or 1.
func activations[T kernels.Float](n *Node, dir int, fallback ...string) ([]activation[T], error) {
	perDir := len(fallback)
	names := n.Strings("activations")
	alphas, betas := n.Floats("activation_alpha"), n.Floats("activation_beta")
	if len(names) == 0 {
		return makeActivations[T](fallback, &alphas, &betas)
	}
	if len(names) < perDir*(dir+1) {
		return nil, fault.Format("%d activations are named, but each direction needs %d", len(names), perDir)
	}
	// What the directions before this one take of the parameters is not for this one.
	if _, err := makeActivations[T](names[:perDir*dir], &alphas, &betas); err != nil {
		return nil, err
	}
	return makeActivations[T](names[perDir*dir:][:perDir], &alphas, &betas)
}

func makeActivations[T kernels.Float](names []string, alphas, betas *[]float32) ([]activation[T], error) {
	out := make([]activation[T], len(names))
	for i, name := range names {
		f := newActivation(name, alphas, betas)
		if f == nil {
			return nil, fault.Format("activation %q is not known", name)
		}
		out[i] = inPlace[T](f)
	}
	return out, nil
}

// newActivation returns the function of that name, in whatever case, or nil. It takes what parameters it needs.
func newActivation(name string, alphas, betas *[]float32) *maps {
	next := func(list *[]float32, fallback float64) float64 {
		if len(*list) == 0 {
			return fallback
		}
		v := (*list)[0]
		*list = (*list)[1:]
		return float64(v)
	}
	switch strings.ToLower(name) {
	case "sigmoid":
		return &sigmoids
	case "tanh":
		return &hyperbolicTangents
	case "relu":
		return &relus
	case "affine":
		alpha, beta := next(alphas, 1), next(betas, 0)
		return computed(func(x float64) float64 { return alpha*x + beta })
	case "leakyrelu":
		return leaks(next(alphas, 0.01))
	case "thresholdedrelu":
		alpha := next(alphas, 1)
		return computed(func(x float64) float64 {
			if x < alpha {
				return 0
			}
			return x
		})
	case "scaledtanh":
		alpha, beta := next(alphas, 1), next(betas, 1)
		return computed(func(x float64) float64 { return alpha * math.Tanh(beta*x) })
	case "hardsigmoid":
		alpha, beta := next(alphas, 0.2), next(betas, 0.5)
		return computed(func(x float64) float64 { return min(max(alpha*x+beta, 0), 1) })
	case "elu":
		alpha := next(alphas, 1)
		return computed(func(x float64) float64 {
			if x < 0 {
				return alpha * math.Expm1(x)
			}
			return x
		})
	case "softsign":
		return computed(func(x float64) float64 { return x / (1 + math.Abs(x)) })
	case "softplus":
		return computed(kernels.Softplus)
	}
	return nil
}

// inPlace returns the function for T.
func inPlace[T kernels.Float](m *maps) activation[T] {
	var f any = m.f32
	if dtype.Of[T]() == dtype.Float64 {
		f = m.f64
	}
	g := f.(func(dst, src []T))
	return func(v []T) { g(v, v) }
}

// limiter returns the function that keeps v within the node's clip, or nil when it has none.
func limiter[T kernels.Float](n *Node) (activation[T], error) {
	if !n.HasAttr("clip") {
		return nil, nil
	}
	limit := T(n.Float("clip"))
	if !(limit >= 0) {
		return nil, fault.Format("clip is %v; it must not be negative", limit)
	}
	return func(v []T) { kernels.Clip(v, v, -limit, limit) }, nil
}

// gate is an activation of what was limited first, as the attribute clip asks for.
//
// It is not inlined, so that there is one copy of the function that it returns.
//
//go:noinline
func gate[T kernels.Float](limit, f activation[T]) activation[T] {
	if limit == nil {
		return f
	}
	return func(v []T) {
		limit(v)
		f(v)
	}
}
