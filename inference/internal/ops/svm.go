package ops

import "github.com/brinkml/brink/inference/internal/fault"

// svmAttrs are the attributes that SVMClassifier and SVMRegressor share.
var svmAttrs = []Attr{
	{"coefficients", Floats, nil},
	{"kernel_params", Floats, nil},
	{"kernel_type", String, "LINEAR"},
	{"post_transform", String, "NONE"},
	{"rho", Floats, nil},
	{"support_vectors", Floats, nil},
}

// svmKinds are the values of kernel_type.
var svmKinds = map[string]likenessKind{"LINEAR": likenessLinear, "POLY": likenessPoly, "RBF": likenessRBF, "SIGMOID": likenessSigmoid}

// svmVectors returns the vectors that n's rows are compared with: its support vectors, of which there are so many, or
// without them the coefficients, which are those of so many scores. How long they are is what the rows must be.
func svmVectors(n *Node, supports, scores int64) (vectors []float32, count int64, err error) {
	vectors, count = n.Floats("support_vectors"), supports
	if supports == 0 {
		vectors, count = n.Floats("coefficients"), scores
	}
	if count < 1 || int64(len(vectors)) < count || int64(len(vectors))%count != 0 {
		return nil, 0, fault.Format("%d numbers for %d vectors", len(vectors), count)
	}
	return vectors, count, nil
}

// svmLikeness returns the kernel function that n names.
func svmLikeness(n *Node) (likeness, error) {
	kind, ok := svmKinds[n.String("kernel_type")]
	if !ok {
		return likeness{}, fault.Format("kernel_type %q is not known", n.String("kernel_type"))
	}
	p := likeness{kind: kind}
	switch params := n.Floats("kernel_params"); {
	case len(params) >= 3:
		p.gamma, p.coef0, p.power = float64(params[0]), float64(params[1]), float64(params[2])
	case len(params) > 0 && kind != likenessLinear:
		return p, fault.Format("kernel_params has %d elements, not 3", len(params))
	}
	return p, nil
}

// newSVM makes the kernel for n, whose score the caller sets.
func newSVM(n *Node, supports, scores int64) (*vectorMachine, error) {
	vectors, count, err := svmVectors(n, supports, scores)
	if err != nil {
		return nil, err
	}
	k, err := newVectorMachine(n, vectors, count)
	if err == nil && supports > 0 {
		k.likeness, err = svmLikeness(n)
	}
	return k, err
}
