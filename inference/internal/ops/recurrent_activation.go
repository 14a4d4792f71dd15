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
		if out[i] = newActivation[T](name, alphas, betas); out[i] == nil {
			return nil, fault.Format("activation %q is not known", name)
		}
	}
	return out, nil
}

// newActivation returns the function of that name, in whatever case, or nil. It takes what parameters it needs.
func newActivation[T kernels.Float](name string, alphas, betas *[]float32) activation[T] {
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
		return pick[T](kernels.Sigmoid32, kernels.Sigmoid64)
	case "tanh":
		return pick[T](kernels.Tanh32, kernels.Tanh64)
	case "relu":
		return func(v []T) { kernels.Relu(v, v) }
	case "affine":
		alpha, beta := next(alphas, 1), next(betas, 0)
		return computed[T](func(x float64) float64 { return alpha*x + beta })
	case "leakyrelu":
		alpha := T(next(alphas, 0.01))
		return func(v []T) { kernels.LeakyRelu(v, v, alpha) }
	case "thresholdedrelu":
		alpha := next(alphas, 1)
		return computed[T](func(x float64) float64 {
			if x <= alpha {
				return 0
			}
			return x
		})
	case "scaledtanh":
		alpha, beta := next(alphas, 1), next(betas, 1)
		return computed[T](func(x float64) float64 { return alpha * math.Tanh(beta*x) })
	case "hardsigmoid":
		alpha, beta := next(alphas, 0.2), next(betas, 0.5)
		return computed[T](func(x float64) float64 { return min(max(alpha*x+beta, 0), 1) })
	case "elu":
		alpha := next(alphas, 1)
		return computed[T](func(x float64) float64 {
			if x < 0 {
				return alpha * math.Expm1(x)
			}
			return x
		})
	case "softsign":
		return computed[T](func(x float64) float64 { return x / (1 + math.Abs(x)) })
	case "softplus":
		return computed[T](func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) })
	}
	return nil
}

// computed applies f to every element.
func computed[T kernels.Float](f func(float64) float64) activation[T] {
	return func(v []T) {
		for i, x := range v {
			v[i] = T(f(float64(x)))
		}
	}
}

// pick returns whichever of the two functions is for T, in place.
func pick[T kernels.Float](f32 func(dst, src []float32), f64 func(dst, src []float64)) activation[T] {
	var f any = f32
	if dtype.Of[T]() == dtype.Float64 {
		f = f64
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
func gate[T kernels.Float](limit, f activation[T]) activation[T] {
	if limit == nil {
		return f
	}
	return func(v []T) {
		limit(v)
		f(v)
	}
}
