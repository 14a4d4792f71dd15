//go:build !noasm

package vec

import (
	"math"
	"unsafe"

	"github.com/brinkml/brink/inference/internal/cpu"
)

func softmaxRows(_ cpu.Level, dst, src *float32, n, rows int, log bool) {
	for r := range rows {
		to, from := nth(unsafe.Pointer(dst), r*n), nth(unsafe.Pointer(src), r*n)
		peak := greatestNEON(from, n)
		if log {
			sum := float32(math.Log(float64(expLessSumNEON(from, n, peak))))
			lessNEON(to, from, n, peak, sum)
			continue
		}
		inv := 1 / expLessNEON(to, from, n, peak)
		mulWithNEON(to, to, &inv, n)
	}
}

func nth(p unsafe.Pointer, i int) *float32 { return (*float32)(unsafe.Add(p, 4*i)) }

func sumRow(_ cpu.Level, src *float32, n int) float32 { return sumNEON(src, n) }

func squareRow(_ cpu.Level, src *float32, n int) float32 { return squaresNEON(src, n) }

func (p *Norm) some(cpu.Level) {
	n, length := p.N, float32(p.N)
	for r := range p.Rows {
		dst, src := nth(p.Dst, r*n), nth(p.Src, r*n)
		if p.Skip != nil {
			work := dst
			if p.Sum != nil {
				work = nth(p.Sum, r*n)
			}
			addNEON(work, src, nth(p.Skip, r*n), n)
			if p.Bias != nil {
				addNEON(work, work, (*float32)(p.Bias), n)
			}
			src = work
		}
		var mean float32
		if !p.RMS {
			mean = sumNEON(src, n) / length
		}
		inv := 1 / float32(math.Sqrt(float64(deviationNEON(src, n, mean)/length+p.Epsilon)))
		if p.Beta != nil {
			normaliseNEON(dst, src, (*float32)(p.Gamma), (*float32)(p.Beta), n, mean, inv)
		} else {
			scaleNEON(dst, src, (*float32)(p.Gamma), n, mean, inv)
		}
		if p.Mean != nil {
			*nth(p.Mean, r) = mean
		}
		if p.Inv != nil {
			*nth(p.Inv, r) = inv
		}
	}
}
