package vec

// Named returns the activation that fused operators name, with the parameters that the operator of that name has, in the
// order of its attributes; those left out are the operator's own. Clip needs both of its bounds. It returns false for a
// name that it does not know.
func Named(name string, params []float32) (a Activation, ok bool) {
	switch name {
	case "":
	case "Relu":
		a.Func = OfRelu
	case "Tanh":
		a.Func = OfTanh
	case "Sigmoid":
		a.Func = OfSigmoid
	case "HardSwish":
		a.Func = OfHardSwish
	case "Softplus":
		a.Func = OfSoftplus
	case "Softsign":
		a.Func = OfSoftsign
	case "Gelu":
		a.Func = OfGelu
	case "LeakyRelu":
		a = Activation{Func: OfLeakyRelu, A: 0.01}
	case "HardSigmoid":
		a = Activation{OfHardSigmoid, 0.2, 0.5}
	case "Affine":
		a = Activation{OfAffine, 1, 0}
	case "Swish":
		a = Activation{Func: OfSwish, A: 1}
	case "Elu":
		a = Activation{OfElu, 1, 1}
	case "Clip":
		a.Func = OfClip
		if len(params) != 2 {
			return a, false
		}
	default:
		return a, false
	}
	if len(params) > 0 {
		a.A = params[0]
	}
	if len(params) > 1 {
		a.B = params[1]
	}
	return a, true
}
