package main

import "github.com/brinkml/brink/inference/internal/asmgen/neon"

// write writes the functions of a file, and the data that they use.
func writeLoops(w *neon.File, loops []vectorLoop) error {
	var table constants
	for _, l := range loops {
		if err := l.write(w, &table); err != nil {
			return err
		}
	}
	if len(table.bits) == 0 {
		table.offset(0)
	}
	w.Data("constants", table.words()...)
	const all = 0xffffffff
	w.Data("masks", 0, 0, 0, 0, all, 0, 0, 0, all, all, 0, 0, all, all, all, 0) // of the first 0 to 3 lanes
	return nil
}

// neonMaps are the functions of one number.
func neonMaps(w *neon.File) error {
	var loops []vectorLoop
	for _, m := range mappings {
		l := vectorLoop{
			name: m.name + "NEON", doc: m.name + "NEON is the function " + m.name + " of n elements.",
			inputs: []string{"src"}, count: 4, keeps: true,
			f: func(v *vectors, x []group, p []vector) []group {
				p = append(p, nil, nil)
				return []group{m.f(v, x[0], p[0], p[1])}
			},
		}
		if m.effort != simple {
			l.count = 2
		}
		if m.args > 0 {
			l.params = []string{"a", "b"}
		}
		loops = append(loops, l)
	}
	for _, m := range []struct {
		name  string
		shift float64
	}{{"sin", 0}, {"cos", 0.5}} {
		loops = append(loops, vectorLoop{
			name: m.name + "NEON", doc: m.name + "NEON is the function " + m.name + " of n elements, but of those whose magnitude is greater than 1<<17: these it\nonly copies. It tells whether there are any.",
			inputs: []string{"src"}, count: 2, keeps: true, far: true,
			f: func(v *vectors, x []group, _ []vector) []group {
				y, far := v.sine(x[0], m.shift)
				where := make(group, len(far))
				for i := range far {
					where[i] = far[i].(vector)
				}
				return []group{y, where}
			},
		})
	}
	return writeLoops(w, loops)
}

// neonPairs are the functions of two numbers.
func neonPairs(w *neon.File) error {
	var loops []vectorLoop
	for _, p := range pairings {
		doc := "NEON is the function " + p.name + " of n pairs of elements"
		add := func(ending, tail string, inputs []string, once string, f func(v *vectors, x []group, p []vector) []group) {
			loops = append(loops, vectorLoop{
				name: p.name + ending + "NEON", doc: p.name + ending + doc + tail, inputs: inputs, once: once, count: 4, keeps: true, f: f,
			})
		}
		add("", ".", []string{"a", "b"}, "", func(v *vectors, x []group, _ []vector) []group { return []group{p.f(v, x[0], x[1])} })
		add("With", " with b[0].", []string{"a"}, "b", func(v *vectors, x []group, y []vector) []group {
			return []group{p.f(v, x[0], repeated(y[0], len(x[0])))}
		})
		if !p.commutes {
			add("From", " of a[0].", []string{"b"}, "a", func(v *vectors, y []group, x []vector) []group {
				return []group{p.f(v, repeated(x[0], len(y[0])), y[0])}
			})
		}
	}
	return writeLoops(w, loops)
}

func repeated(x vector, n int) group {
	g := make(group, n)
	for i := range g {
		g[i] = x
	}
	return g
}

// neonRows are the pieces of softmax and of normalisation.
func neonRows(w *neon.File) error {
	one := func(f func(v *vectors, x group, p []vector) group) func(*vectors, []group, []vector) []group {
		return func(v *vectors, x []group, p []vector) []group { return []group{f(v, x[0], p)} }
	}
	src := []string{"src"}
	same := one(func(_ *vectors, x group, _ []vector) group { return x })
	return writeLoops(w, []vectorLoop{
		{name: "sumNEON", doc: "sumNEON returns the sum of n elements.", inputs: src, count: 4, reduce: "fadd", f: same},
		{name: "squaresNEON", doc: "squaresNEON returns the sum of the squares of n elements.", inputs: src, count: 4, reduce: "fmla", f: same},
		{name: "greatestNEON", doc: "greatestNEON returns the greatest of n elements, NaN when there is one.", inputs: src, count: 4, reduce: "fmax", start: uint32(inf | sign), f: same},
		{
			name: "expLessNEON", doc: "expLessNEON computes e^(x - peak) of n elements, and returns the sum of all. No element is greater than peak.",
			inputs: src, params: []string{"peak"}, count: 2, keeps: true, reduce: "fadd",
			f: one(func(v *vectors, x group, p []vector) group { return v.decay(v.sub(x, p[0])) }),
		},
		{
			name: "expLessSumNEON", doc: "expLessSumNEON returns the sum of e^(x - peak) of n elements. No element is greater than peak.",
			inputs: src, params: []string{"peak"}, count: 2, reduce: "fadd",
			f: one(func(v *vectors, x group, p []vector) group { return v.decay(v.sub(x, p[0])) }),
		},
		{
			name: "lessNEON", doc: "lessNEON computes x - a - b of n elements.", inputs: src, params: []string{"a", "b"}, count: 4, keeps: true,
			f: one(func(v *vectors, x group, p []vector) group { return v.sub(v.sub(x, p[0]), p[1]) }),
		},
		{
			name: "deviationNEON", doc: "deviationNEON returns the sum of (x - mean)^2 of n elements.", inputs: src, params: []string{"mean"}, count: 4, reduce: "fmla",
			f: one(func(v *vectors, x group, p []vector) group { return v.sub(x, p[0]) }),
		},
		{
			name: "normaliseNEON", doc: "normaliseNEON computes (x - mean) * inv * gamma + beta of n elements.",
			inputs: []string{"src", "gamma", "beta"}, params: []string{"mean", "inv"}, count: 2, keeps: true,
			f: func(v *vectors, x []group, p []vector) []group {
				return []group{v.fma(v.mul(v.sub(x[0], p[0]), p[1]), x[1], x[2])}
			},
		},
		{
			name: "scaleNEON", doc: "scaleNEON computes (x - mean) * inv * gamma of n elements.",
			inputs: []string{"src", "gamma"}, params: []string{"mean", "inv"}, count: 4, keeps: true,
			f: func(v *vectors, x []group, p []vector) []group {
				return []group{v.mul(v.mul(v.sub(x[0], p[0]), p[1]), x[1])}
			},
		},
	})
}
