package f32

// Layouts returns how many strips there are that the tasks of a goroutine copy or transform before they compute, so that
// it is better to have one goroutine do all tasks of a strip; 0 when tasks read the image where it lies. The tasks of a
// strip follow each other.
func (c *Conv) Layouts() int {
	if !c.halo && !(hasWinograd(c.level) && c.winograd) {
		return 0
	}
	return c.Images * c.strips[0] * c.strips[1]
}

// Laid returns which strip is laid out in the scratch memory, from 1 on; 0 when none is.
func (r *ConvRun) Laid() int { return r.laid }

// Resume has a run find the strip in its scratch memory that another left there, which is what its Laid returned. Both
// are on the same image.
func (r *ConvRun) Resume(laid int) { r.laid = laid }
