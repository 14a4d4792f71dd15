package ops

import "github.com/brinkml/brink/inference/internal/dtype"

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
