//go:build !arm

package optimize

// All returns every pass, in the order in which they run.
func All() Set {
	return Set{
		&qdq, &fold, &shapes, &noop, &cse,
		&forest, &bias, &batchnorm, &scale, &dynamic,
		&gelu, &swish, &layernorm, &attention,
		&qlayout, &dead, &activation, &product, &layout,
	}
}
