package optimize

// All returns every pass, in the order in which they run. Programs for 32-bit arm are to be small, and there are no
// kernels in assembly for it: passes that bring a model onto these, or save the traffic between them, are not linked.
func All() Set {
	return Set{&fold, &shapes, &noop, &cse, &forest, &bias, &batchnorm, &scale, &dead}
}
