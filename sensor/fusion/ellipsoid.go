package fusion

import "math"

// ellipsoid is the set of all x with |a·(x − center)| = 1, for a symmetric positive definite a.
type ellipsoid struct {
	model  FitModel
	a      symmetric
	center vector
}

// parameters is the number of unknowns, which is that of the samples needed.
func (e *ellipsoid) parameters() int {
	if e.model == FitScale {
		return 6
	}
	return 9
}

// evenCoverage is the smallest eigenvalue of the mean normal matrix when directions are spread evenly: that of the
// scales, ⟨u⁴⟩ − ⟨u²v²⟩ = 1/5 − 1/15.
const evenCoverage = 2.0 / 15

// solve fits the general quadric xᵀMx + 2bᵀx + d = 0 to points in least squares: its coefficients are the eigenvector of
// the design's scatter matrix with the smallest eigenvalue. The second smallest tells whether there is only one.
// It reports whether the quadric is an ellipsoid.
func (e *ellipsoid) solve(points []vector) (coverage float64, ok bool) {
	n := e.parameters() + 1
	scatter := square(n)
	row := make([]float64, n)
	for _, p := range points {
		x, y, z := p.x, p.y, p.z
		k := copy(row, []float64{x * x, y * y, z * z, 2 * x, 2 * y, 2 * z, 1})
		if e.model != FitScale {
			copy(row[k:], []float64{2 * x * y, 2 * x * z, 2 * y * z})
		}
		for i := range n {
			for j := range n {
				scatter[i][j] += row[i] * row[j] / float64(len(points))
			}
		}
	}
	pairs := eigen(scatter)
	coverage = math.Sqrt(max(pairs[1].value, 0) / evenCoverage)

	v := pairs[0].vector
	s := symmetric{xx: v[0], yy: v[1], zz: v[2]}
	if e.model != FitScale {
		s.xy, s.xz, s.yz = v[7], v[8], v[9]
	}
	m := s.matrix()
	if math.Abs(m.determinant()) < tiny {
		return coverage, false
	}
	inverse := m.inverse()
	b := vector{v[3], v[4], v[5]}
	e.center = scale(-1, inverse.times(b))
	k := -dot(e.center, b) - v[6]
	e.a, ok = symmetric{s.xx / k, s.xy / k, s.xz / k, s.yy / k, s.yz / k, s.zz / k}.root()
	return coverage, ok
}

// root returns the symmetric square root of a symmetric matrix. It reports false unless the eigenvalues are positive and
// within a factor of 400, which makes the longest axis of the ellipsoid twenty times the shortest.
func (s symmetric) root() (r symmetric, ok bool) {
	pairs := eigen([][]float64{{s.xx, s.xy, s.xz}, {s.xy, s.yy, s.yz}, {s.xz, s.yz, s.zz}})
	if !(pairs[0].value > pairs[2].value/400) || pairs[2].value > 1/tiny {
		return r, false
	}
	for _, p := range pairs {
		r.subtract(-math.Sqrt(p.value), vec([3]float64(p.vector)))
	}
	return r, true
}

// refine moves the ellipsoid to where the sum of the squared residuals |a·(x − center)| − 1 is smallest, by steps of
// Gauss and Newton. The algebraic fit that it begins with is biased by noise; this is not.
func (e *ellipsoid) refine(points []vector) (coverage float64) {
	best := e.residual(points)
	for range 20 {
		normal, gradient := e.normal(points)
		pairs := eigen(normal)
		coverage = math.Sqrt(max(pairs[0].value, 0) / evenCoverage)
		if pairs[0].value < tiny {
			return coverage
		}
		step := make([]float64, len(gradient))
		for _, p := range pairs {
			along := 0.0
			for i, g := range gradient {
				along += p.vector[i] * g
			}
			for i := range step {
				step[i] -= along / p.value * p.vector[i]
			}
		}
		next := e.moved(step)
		if _, ok := next.a.root(); !ok {
			return coverage
		}
		r := next.residual(points)
		if !(r < best) {
			return coverage
		}
		improved := best - r
		best, *e = r, next
		if improved < 1e-12 {
			return coverage
		}
	}
	return coverage
}

// normal returns the mean of the residual's squared gradient and of its product with the residual.
func (e *ellipsoid) normal(points []vector) (normal [][]float64, gradient []float64) {
	n := e.parameters()
	normal, gradient = square(n), make([]float64, n)
	row := make([]float64, n)
	k := 1 / float64(len(points))
	for _, p := range points {
		w := sub(p, e.center)
		aw := e.a.times(w)
		u, ok := unit(aw)
		if !ok {
			continue
		}
		c := e.a.times(u)
		i := copy(row, []float64{u.x * w.x, u.y * w.y, u.z * w.z, -c.x, -c.y, -c.z})
		if e.model != FitScale {
			copy(row[i:], []float64{u.x*w.y + u.y*w.x, u.x*w.z + u.z*w.x, u.y*w.z + u.z*w.y})
		}
		r := norm(aw) - 1
		for i := range n {
			gradient[i] += k * r * row[i]
			for j := range n {
				normal[i][j] += k * row[i] * row[j]
			}
		}
	}
	return normal, gradient
}

// moved returns the ellipsoid with a step added to its parameters, in the order of [ellipsoid.normal].
func (e *ellipsoid) moved(step []float64) ellipsoid {
	m := *e
	m.a.xx += step[0]
	m.a.yy += step[1]
	m.a.zz += step[2]
	m.center = add(m.center, vector{step[3], step[4], step[5]})
	if m.model != FitScale {
		m.a.xy += step[6]
		m.a.xz += step[7]
		m.a.yz += step[8]
	}
	return m
}

// residual is the root mean square of |a·(x − center)| − 1.
func (e *ellipsoid) residual(points []vector) float64 {
	sum := 0.0
	for _, p := range points {
		r := norm(e.a.times(sub(p, e.center))) - 1
		sum += r * r
	}
	return math.Sqrt(sum / float64(len(points)))
}
