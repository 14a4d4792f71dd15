package wire

import (
	"cmp"
	"fmt"
	"math"
)

// Limits bounds what decoding accepts, so that a hostile file costs no more than its size
// suggests. Zero fields, and a nil *Limits, mean the defaults.
type Limits struct {
	Size   int // bytes of input; default 2^31-1, protobuf's own bound
	Depth  int // messages nested in each other; default 100, as in protobuf; a nested graph takes 3
	Nodes  int // nodes in all graphs and functions together; default 2^20
	List   int // entries of one repeated field; default 2^28
	Memory int // bytes allocated beside the input; default 64 for each byte of input, and 1 MiB
}

func (l *Limits) withDefaults(size int) Limits {
	var d Limits
	if l != nil {
		d = *l
	}
	d.Size = cmp.Or(d.Size, math.MaxInt32)
	d.Depth = cmp.Or(d.Depth, 100)
	d.Nodes = cmp.Or(d.Nodes, 1<<20)
	d.List = cmp.Or(d.List, 1<<28)
	if d.Memory == 0 {
		d.Memory = int(min(int64(size)*64+1<<20, math.MaxInt))
	}
	return d
}

// LimitError reports input that would exceed one of the [Limits].
type LimitError struct {
	What string // which limit, in words: "nodes"
	Path string // where, as in FormatError
	Max  int
}

func (e *LimitError) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("more than %d %s", e.Max, e.What)
	}
	return fmt.Sprintf("%s: more than %d %s", e.Path, e.Max, e.What)
}
