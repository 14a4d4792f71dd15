package recurrence

import (
	"math"
	"unsafe"
)

// floats returns n elements at an address and so many bytes after it.
func floats(p unsafe.Pointer, offset, n int) []float32 {
	return unsafe.Slice((*float32)(unsafe.Add(p, offset)), n)
}

func (a *Product) portable(p *Weights) {
	width := p.Cell.Gates() * p.lanes
	for b := range a.Blocks {
		w := floats(a.W, 4*b*a.K*width, a.K*width)
		for row := range a.Rows {
			gates := floats(a.Gates, row*a.GateRow+4*b*width, width)
			copy(gates, floats(a.Bias, 4*b*width, width))
			accumulate(gates, floats(a.X, row*a.XRow, a.K), w)
		}
	}
}

// accumulate adds to sums the product of x with a panel that is as wide as there are sums.
func accumulate(sums, x, panel []float32) {
	for k, v := range x {
		for i, w := range panel[k*len(sums):][:len(sums)] {
			sums[i] += v * w
		}
	}
}

func (s *Steps) portable(p *Weights) {
	n, gates := p.lanes, p.Cell.Gates()
	var memory [4 * 16]float32
	for step := range s.Steps {
		for b := s.First / (4 * n); b < s.First/(4*n)+s.Blocks; b++ {
			y := min(n, s.Hidden-b*n)
			for row := range s.Rows {
				g := floats(s.Gates, row*s.GateRow+4*b*gates*n, gates*n)
				h := floats(s.H, row*s.Pad, s.Hidden)
				before := floats(s.H, row*s.Pad+4*b*n, n)
				next := floats(s.Next, row*s.Pad+4*b*n, n)
				var c []float32
				if s.C != nil {
					c = floats(s.C, row*s.Pad+4*b*n, n)
				}
				first := gates
				if p.Cell == GRU {
					first = 2
				}
				sums := memory[:first*n]
				copy(sums, g)
				if p.Cell == GRULinear {
					copy(sums[2*n:], floats(s.Bias, 4*b*n, n))
				}
				accumulate(sums, h, floats(s.R, 4*b*s.Hidden*len(sums), s.Hidden*len(sums)))
				for i := range n {
					switch p.Cell {
					case LSTM:
						c[i] = c[i]*sigmoid(sums[2*n+i]) + sigmoid(sums[i])*tangent(sums[3*n+i])
						next[i] = sigmoid(sums[n+i]) * tangent(2*c[i])
					case GRU:
						g[i] = sigmoid(sums[i])
						c[i] = before[i] * sigmoid(sums[n+i])
					case GRULinear:
						next[i] = blend(sigmoid(sums[i]), before[i], tangent(sums[2*n+i]*sigmoid(sums[n+i])+g[2*n+i]))
					case RNN:
						next[i] = tangent(sums[i])
					}
				}
				if p.Cell != GRU {
					copy(floats(s.Y, row*s.YRow+4*b*n, y), next)
				}
			}
		}
		if p.Cell == GRU {
			s.update(p)
		}
		s.H, s.Next = s.Next, s.H
		if step < s.Steps-1 { // a pointer must not go beyond what it points into
			s.Gates, s.Y = unsafe.Add(s.Gates, s.GateStep), unsafe.Add(s.Y, s.YStep)
		}
	}
}

// update is the second half of a step of GRU.
func (s *Steps) update(p *Weights) {
	n := p.lanes
	for b := range s.Blocks {
		for row := range s.Rows {
			g := floats(s.Gates, row*s.GateRow+4*b*3*n, 3*n)
			sums := g[2*n:]
			accumulate(sums, floats(s.C, row*s.Pad, s.Hidden), floats(s.R2, 4*b*s.Hidden*n, s.Hidden*n))
			before := floats(s.H, row*s.Pad+4*b*n, n)
			next := floats(s.Next, row*s.Pad+4*b*n, n)
			for i := range n {
				next[i] = blend(g[i], before[i], tangent(sums[i]))
			}
			copy(floats(s.Y, row*s.YRow+4*b*n, min(n, s.Hidden-b*n)), next)
		}
	}
}

// sigmoid computes 1 / (1 + e^x): x is negated already.
func sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(float64(x)))) }

// tangent computes the hyperbolic tangent of x/2: x is doubled already.
func tangent(x float32) float32 { return float32(math.Tanh(float64(x) / 2)) }

func blend(update, before, cand float32) float32 { return cand + update*(before-cand) }
