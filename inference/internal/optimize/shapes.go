package optimize

// A model computes with shapes to fit its tensors to each other: a chain of Shape, Gather, Concat that ends in Reshape.
// As with constants, the checker has computed what follows from the declared shapes; with the shapes of a run it does so
// again, and more is known then.
var shapes = Pass{
	Name: "shapes",
	Doc:  "compute what follows from the shapes of the inputs before a run",
	run:  func(d *draft) int { return d.keepKnown(false) },
}
