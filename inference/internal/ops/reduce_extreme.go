package ops

import "github.com/brinkml/brink/inference/internal/dtype"

// extremeVersions returns the versions of ReduceMax and ReduceMin, which take bytes and, in the end, bools as well.
func extremeVersions(new func(*Node) (Kernel, error)) []Version {
	v := reduceVersions(18, new)
	with := func(v Version, types dtype.Set, since int, again uint32) Version {
		v.Since, v.Again, v.Types = since, again, []Constraint{{"T", types}}
		return v
	}
	big := bigNumbers
	bytes := big | 1<<dtype.Int8 | 1<<dtype.Uint8
	return []Version{
		with(v[0], big, 1, 1<<11), with(v[0], bytes, 12, 1<<13), with(v[1], bytes, 18, 0), with(v[1], bytes|dtype.Bools, 20, 0),
	}
}
