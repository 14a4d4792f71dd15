//go:build !arm

package optimize

// fusions are the passes that make one operator of several which frameworks write for it.
var fusions = Set{&gelu, &swish, &layernorm}
