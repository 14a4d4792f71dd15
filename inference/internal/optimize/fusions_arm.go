package optimize

// fusions has no passes where programs must be small: what they save is mostly the traffic between kernels in assembly,
// and there are none for 32-bit arm.
var fusions Set
