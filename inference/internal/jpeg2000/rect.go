package jpeg2000

// rect is an area with its lower bounds in it and its upper bounds not, and these are never below those. All
// coordinates are below [maxCoordinate], so that the arithmetic of this file stays within 32 bits. Its methods are
// called from everywhere: copies of them would only take room.
type rect struct{ x0, y0, x1, y1 int }

func (r rect) w() int { return r.x1 - r.x0 }
func (r rect) h() int { return r.y1 - r.y0 }

//go:noinline
func (r rect) empty() bool { return r.x0 >= r.x1 || r.y0 >= r.y1 }

// sampled returns the samples of a component that lie in r (B.2).
//
//go:noinline
func (r rect) sampled(dx, dy int) rect {
	return rect{ceilDiv(r.x0, dx), ceilDiv(r.y0, dy), ceilDiv(r.x1, dx), ceilDiv(r.y1, dy)}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// cell returns what r has of a cell of a grid of cells of 1<<sx by 1<<sy.
//
//go:noinline
func (r rect) cell(x, y int, sx, sy uint) rect {
	c := rect{max(x<<sx, r.x0), max(y<<sy, r.y0), min((x+1)<<sx, r.x1), min((y+1)<<sy, r.y1)}
	if c.empty() {
		return rect{}
	}
	return c
}

// cells returns the range of cells of such a grid that r touches: none when it is empty.
//
//go:noinline
func (r rect) cells(sx, sy uint) rect {
	if r.empty() {
		return rect{}
	}
	return rect{r.x0 >> sx, r.y0 >> sy, (r.x1-1)>>sx + 1, (r.y1-1)>>sy + 1}
}

// reduced returns an area at so many levels of decomposition down, of a subband of the given orientation (Equations
// B-14 and B-15; resolutions are of orientation LL).
//
//go:noinline
func (r rect) reduced(levels int, orient uint8) rect {
	for i, v := range [...]*int{&r.x0, &r.y0, &r.x1, &r.y1} {
		high := orient>>(i&1)&1 != 0
		switch {
		case levels > 30 && high: // half of the step is past all coordinates
			*v = 0
		case levels > 30:
			*v = min(*v, 1)
		case high && levels > 0:
			*v = (*v + 1<<(levels-1) - 1) >> levels
		default:
			*v = (*v + 1<<levels - 1) >> levels
		}
	}
	return r
}

// more says whether r has more cells than a limit.
//
//go:noinline
func (r rect) more(limit int) bool { return !r.empty() && r.w() > limit/r.h() }
