package main

import (
	"fmt"
	"io"

	"github.com/brinkml/brink/inference"
)

// describe prints a value's name, type, shape and first elements.
func describe(w io.Writer, name string, v inference.Value) {
	switch v := v.(type) {
	case *inference.Tensor:
		fmt.Fprintf(w, "%s %v %v: %s\n", name, v.DType(), v.Shape(), elementTypes[v.DType()].list(v))
	case *inference.Sequence:
		fmt.Fprintf(w, "%s sequence of %d\n", name, len(v.Values))
		for i, item := range v.Values[:min(len(v.Values), shown)] {
			describe(w, fmt.Sprintf("%s[%d]", name, i), item)
		}
	case *inference.Optional:
		if v.Value == nil {
			fmt.Fprintf(w, "%s empty optional\n", name)
			return
		}
		describe(w, name, v.Value)
	case *inference.Map:
		fmt.Fprintf(w, "%s map of %d\n", name, v.Keys.Len())
		describe(w, name+".keys", v.Keys)
		describe(w, name+".values", v.Values)
	default:
		fmt.Fprintf(w, "%s nothing\n", name)
	}
}
