package ops

import (
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels"
)

// extremeVersions returns the versions of ReduceMax and ReduceMin, which take bytes and, in the end, bools as well.
func extremeVersions(new func(*Node) (Kernel, error)) []Version {
	v := reduceVersions(18, new)
	with := func(v Version, since int, types dtype.Set) Version {
		v.Since, v.Types = since, []Constraint{{"T", types}}
		return v
	}
	bytes := bigNumbers | 1<<dtype.Int8 | 1<<dtype.Uint8
	return []Version{v[0], with(v[0], 12, bytes), with(v[1], 18, bytes), with(v[1], 20, bytes|dtype.Bools)}
}

// reduceBools makes the kernel that reduces bools as bytes. No bools at all give true for the least, as a byte that is
// a bool, and false for the greatest.
func reduceBools(n *Node, r *kernels.Reducer[uint8]) (Kernel, error) {
	walk, count, err := reduceWalk(n)
	r.Init = min(r.Init, 1)
	return &reduction[uint8]{walk, count, r}, err
}
