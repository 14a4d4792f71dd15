package ops

import "github.com/brinkml/brink/inference/internal/fault"

// linearSize returns how many features the rows of coefficients for that many scores have.
func linearSize(n *Node, scores int64) (features int64, err error) {
	coefficients, intercepts := int64(len(n.Floats("coefficients"))), len(n.Floats("intercepts"))
	if scores < 1 || coefficients == 0 || coefficients%scores != 0 || intercepts != 0 && int64(intercepts) != scores {
		return 0, fault.Format("%d coefficients and %d intercepts for %d scores", coefficients, intercepts, scores)
	}
	if _, ok := transforms[n.String("post_transform")]; !ok {
		return 0, fault.Format("post_transform %q is not known", n.String("post_transform"))
	}
	return coefficients / scores, nil
}

// newLinear makes the kernel that gives take the scores of each row, which are still to be transformed. It may change
// them, and there is room for two.
func newLinear(n *Node, scores int64, take func(c *Ctx, row int, t transform, scores []float64)) (Kernel, error) {
	k, err := newVectorMachine(n, n.Floats("coefficients"), scores)
	if err != nil {
		return nil, err
	}
	intercepts, t := n.Floats("intercepts"), transforms[n.String("post_transform")]
	k.own = 1
	k.score = func(c *Ctx, row int, scores, _ []float64) {
		for i, v := range intercepts {
			scores[i] += float64(v)
		}
		take(c, row, t, scores)
	}
	return k, nil
}
