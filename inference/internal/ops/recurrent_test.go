package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

// recurrentCase is a recurrent node with random weights, and with what the standard's formulas need to check it.
type recurrentCase struct {
	op                          string
	steps, batch, input, hidden int
	direction                   string
	layout                      int
	lens                        []int32
	bias, state, peepholes      bool
	linear, coupled             bool
	clip                        float64 // 0 for none
	names                       []string
	x, w, r, b, h, c, p         []float64
}

func (k *recurrentCase) gates() int { return map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1}[k.op] }

func (k *recurrentCase) dirs() int {
	if k.direction == "bidirectional" {
		return 2
	}
	return 1
}

func (k *recurrentCase) fill(r *rand.Rand) {
	random := func(n int) []float64 {
		out := make([]float64, n)
		for i := range out {
			out[i] = math.Round(r.Float64()*2000-1000) / 1024 // exact in float32
		}
		return out
	}
	d, g := k.dirs(), k.gates()*k.hidden
	k.x, k.w, k.r = random(k.steps*k.batch*k.input), random(d*g*k.input), random(d*g*k.hidden)
	k.b, k.h, k.c, k.p = make([]float64, d*2*g), make([]float64, d*k.batch*k.hidden), make([]float64, d*k.batch*k.hidden), make([]float64, d*3*k.hidden)
	if k.bias {
		k.b = random(len(k.b))
	}
	if k.state {
		k.h, k.c = random(len(k.h)), random(len(k.c))
	}
	if k.peepholes {
		k.p = random(len(k.p))
	}
}

// call returns the node, with tensors of T. The slices are laid out for layout 0.
func callOf[T float32 | float64](k *recurrentCase) call {
	d, g := k.dirs(), k.gates()*k.hidden
	swap := func(v []float64, a, b, n int) *tensor.Tensor {
		if k.layout == 0 {
			return floatsAs[T](v, a, b, n)
		}
		return floatsAs[T](swapped(v, a, b, n), b, a, n)
	}
	c := call{op: k.op, opset: 14, attrs: attrs{"direction": k.direction, "layout": int64(k.layout), "hidden_size": int64(k.hidden)}, outs: 2}
	c.in = []*tensor.Tensor{
		swap(k.x, k.steps, k.batch, k.input), floatsAs[T](k.w, d, g, k.input), floatsAs[T](k.r, d, g, k.hidden), nil, nil, nil,
	}
	if k.bias {
		c.in[recurrentB] = floatsAs[T](k.b, d, 2*g)
	}
	if k.lens != nil {
		c.in[recurrentLens] = tensor.Of(k.lens, k.batch)
	}
	if k.state {
		c.in[recurrentH] = swap(k.h, d, k.batch, k.hidden)
	}
	if k.op == "LSTM" {
		c.outs = 3
		c.in = append(c.in, nil, nil)
		if k.state {
			c.in[recurrentC] = swap(k.c, d, k.batch, k.hidden)
		}
		if k.peepholes {
			c.in[recurrentP] = floatsAs[T](k.p, d, 3*k.hidden)
		}
		if k.coupled {
			c.attrs["input_forget"] = int64(1)
		}
	}
	if k.linear {
		c.attrs["linear_before_reset"] = int64(1)
	}
	if k.clip > 0 {
		c.attrs["clip"] = float32(k.clip)
	}
	if k.names != nil {
		c.attrs["activations"] = k.names
	}
	return c
}

// swapped exchanges the first two dimensions of v, [a, b, n].
func swapped(v []float64, a, b, n int) []float64 {
	out := make([]float64, len(v))
	for i := range a {
		for j := range b {
			copy(out[(j*a+i)*n:][:n], v[(i*b+j)*n:])
		}
	}
	return out
}

// expect computes Y, Y_h and Y_c in layout 0, one number at a time.
func (k *recurrentCase) expect() (y, yh, yc []float64) {
	n, g, d := k.hidden, k.gates()*k.hidden, k.dirs()
	y, yh, yc = make([]float64, k.steps*d*k.batch*n), make([]float64, len(k.h)), make([]float64, len(k.c))
	function := func(dir, i int) func(float64) float64 {
		name := [][]string{{"Sigmoid", "Tanh", "Tanh"}, {"Tanh"}}[map[string]int{"RNN": 1}[k.op]]
		if i < len(name) && k.names == nil {
			return functions[strings.ToLower(name[i])]
		}
		return functions[strings.ToLower(k.names[dir*len(k.names)/d+i])]
	}
	limit := func(v float64) float64 {
		if k.clip > 0 {
			return max(-k.clip, min(k.clip, v))
		}
		return v
	}
	for dir := range d {
		f, w, r, b, p := function(dir, 0), k.w[dir*g*k.input:], k.r[dir*g*n:], k.b[dir*2*g:], k.p[dir*3*n:]
		for row := range k.batch {
			h := append([]float64(nil), k.h[(dir*k.batch+row)*n:][:n]...)
			c := append([]float64(nil), k.c[(dir*k.batch+row)*n:][:n]...)
			steps := k.steps
			if k.lens != nil {
				steps = int(k.lens[row])
			}
			for s := range steps {
				t := s
				if k.direction == "reverse" || dir == 1 {
					t = steps - 1 - s
				}
				in := func(i int) float64 { return dot(w[i*k.input:], k.x[(t*k.batch+row)*k.input:], k.input) + b[i] }
				back := func(i int, h []float64) float64 { return dot(r[i*n:], h, n) + b[g+i] }
				next := make([]float64, n)
				reset := make([]float64, n)
				if k.op == "GRU" {
					for j := range n {
						reset[j] = f(limit(in(n+j)+back(n+j, h))) * h[j]
					}
				}
				for j := range n {
					switch k.op {
					case "RNN":
						next[j] = f(limit(in(j) + back(j, h)))
					case "GRU":
						z := f(limit(in(j) + back(j, h)))
						cand := in(2*n+j) + back(2*n+j, reset)
						if k.linear {
							cand = in(2*n+j) + f(limit(in(n+j)+back(n+j, h)))*back(2*n+j, h)
						}
						next[j] = (1-z)*function(dir, 1)(limit(cand)) + z*h[j]
					case "LSTM":
						i := f(limit(in(j) + back(j, h) + p[j]*c[j]))
						forget := f(limit(in(2*n+j) + back(2*n+j, h) + p[2*n+j]*c[j]))
						if k.coupled {
							forget = 1 - i
						}
						c[j] = forget*c[j] + i*function(dir, 1)(limit(in(3*n+j)+back(3*n+j, h)))
						next[j] = f(limit(in(n+j)+back(n+j, h)+p[n+j]*c[j])) * function(dir, 2)(c[j])
					}
				}
				h = next
				copy(y[((t*d+dir)*k.batch+row)*n:], h)
			}
			copy(yh[(dir*k.batch+row)*n:], h)
			copy(yc[(dir*k.batch+row)*n:], c)
		}
	}
	return y, yh, yc
}

func dot(a, b []float64, n int) (s float64) {
	for i := range n {
		s += a[i] * b[i]
	}
	return s
}

// functions are the activations with the parameters that they have unless told otherwise.
var functions = map[string]func(float64) float64{
	"sigmoid": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	"tanh":    math.Tanh,
	"relu":    func(x float64) float64 { return max(x, 0) },
	"leakyrelu": func(x float64) float64 {
		if x < 0 {
			return 0.01 * x
		}
		return x
	},
	"elu": func(x float64) float64 {
		if x < 0 {
			return math.Exp(x) - 1
		}
		return x
	},
	"hardsigmoid": func(x float64) float64 { return max(0, min(1, 0.2*x+0.5)) },
	"softsign":    func(x float64) float64 { return x / (1 + math.Abs(x)) },
	"softplus":    func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
	"affine":      func(x float64) float64 { return x },
	"scaledtanh":  math.Tanh,
	"thresholdedrelu": func(x float64) float64 {
		if x > 1 {
			return x
		}
		return 0
	},
}

func TestRecurrent(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	sizes := [][4]int{{5, 1, 3, 4}, {37, 1, 2, 5}, {3, 4, 1, 1}, {4, 19, 3, 6}, {1, 2, 0, 3}, {0, 2, 1, 2}, {3, 0, 1, 2}}
	for _, op := range []string{"LSTM", "GRU", "RNN"} {
		for _, direction := range []string{"forward", "reverse", "bidirectional"} {
			for round := range 24 {
				s := sizes[round%len(sizes)]
				k := &recurrentCase{
					op: op, steps: s[0], batch: s[1], input: s[2], hidden: s[3], direction: direction, layout: round / 2 % 2,
					bias: rng.IntN(2) == 0, state: rng.IntN(2) == 0, peepholes: op == "LSTM" && rng.IntN(2) == 0,
					linear: op == "GRU" && rng.IntN(2) == 0, coupled: op == "LSTM" && rng.IntN(3) == 0,
				}
				if rng.IntN(3) == 0 {
					k.clip = 0.25
				}
				if rng.IntN(3) == 0 {
					k.lens = make([]int32, k.batch)
					for i := range k.lens {
						k.lens[i] = int32(rng.IntN(k.steps + 1))
					}
				}
				if rng.IntN(3) == 0 {
					all := []string{"Sigmoid", "tanh", "RELU", "LeakyRelu", "Elu", "HardSigmoid", "Softsign", "Softplus", "Affine", "ScaledTanh", "ThresholdedRelu"}
					for range k.dirs() * map[string]int{"LSTM": 3, "GRU": 2, "RNN": 1}[op] {
						k.names = append(k.names, all[rng.IntN(len(all))])
					}
				}
				k.fill(rng)
				name := fmt.Sprintf("%s %s steps=%d batch=%d layout=%d lens=%v clip=%v %v", op, direction, k.steps, k.batch, k.layout, k.lens, k.clip, k.names)
				y, yh, yc := k.expect()
				if slices.ContainsFunc(y, func(v float64) bool { return math.Abs(v) > 1e3 }) {
					continue // a function without bounds has run away, and its errors with it
				}
				if k.layout == 1 {
					y = swapped(y, k.steps*k.dirs(), k.batch, k.hidden) // [batch, steps, directions, hidden]
					yh, yc = swapped(yh, k.dirs(), k.batch, k.hidden), swapped(yc, k.dirs(), k.batch, k.hidden)
				}
				for tolerance, c := range map[float64]call{1e-12: callOf[float64](k), 2e-4: callOf[float32](k)} {
					out := c.run(t)
					wantNumbers(t, name+": Y", out[0], y, tolerance)
					wantNumbers(t, name+": Y_h", out[1], yh, tolerance)
					if op == "LSTM" {
						wantNumbers(t, name+": Y_c", out[2], yc, tolerance)
					}
				}
			}
		}
	}
}

// TestLSTMPeepholes has an LSTM of one element that sees nothing but its own cell, so that all can be done by hand:
// with C0 = 2 and peepholes of 0.5, -1 and 0.25 for input, output and forget gate, c = tanh(1), and with s the logistic
// function, C = s(0.5)*2 + s(1)*tanh(1) and H = s(-C)*tanh(C).
func TestLSTMPeepholes(t *testing.T) {
	c := call{op: "LSTM", opset: 7, outs: 3, in: []*tensor.Tensor{
		f32([]float64{0}, 1, 1, 1), f32(make([]float64, 4), 1, 4, 1), f32(make([]float64, 4), 1, 4, 1),
		f32([]float64{0, 0, 0, 1, 0, 0, 0, 0}, 1, 8), nil, nil, f32([]float64{2}, 1, 1, 1), f32([]float64{0.5, -1, 0.25}, 1, 3),
	}}
	out := c.run(t)
	wantNumbers(t, "Y", out[0], []float64{0.13413567}, 1e-6)
	wantNumbers(t, "Y_h", out[1], []float64{0.13413567}, 1e-6)
	wantNumbers(t, "Y_c", out[2], []float64{1.8016886}, 1e-6)
}

// TestActivationParameters has functions with and without parameters, which take theirs in order.
func TestActivationParameters(t *testing.T) {
	c := call{op: "RNN", opset: 14, outs: 1, attrs: attrs{
		"direction": "bidirectional", "activations": []string{"LeakyRelu", "HardSigmoid"},
		"activation_alpha": []float32{0.5, 0.25}, "activation_beta": []float32{0.125},
	}, in: []*tensor.Tensor{f32([]float64{-1}, 1, 1, 1), f32([]float64{1, 1}, 2, 1, 1), f32([]float64{0, 0}, 2, 1, 1)}}
	wantNumbers(t, "Y", c.run(t)[0], []float64{-0.5, 0}, 0)
	c.in[0] = f32([]float64{1}, 1, 1, 1)
	wantNumbers(t, "Y", c.run(t)[0], []float64{1, 0.375}, 0)
}

func TestBadRecurrent(t *testing.T) {
	good := func() *recurrentCase {
		k := &recurrentCase{op: "LSTM", steps: 2, batch: 2, input: 3, hidden: 2, direction: "forward", bias: true, state: true}
		k.fill(rand.New(rand.NewPCG(1, 1)))
		return k
	}
	for _, tt := range []struct {
		name string
		edit func(c *call)
		want string
	}{
		{"a direction", func(c *call) { c.attrs["direction"] = "up" }, `"up"`},
		{"a layout", func(c *call) { c.attrs["layout"] = int64(2) }, "layout 2"},
		{"a hidden size", func(c *call) { c.attrs["hidden_size"] = int64(3) }, "hidden_size is 3"},
		{"weights", func(c *call) { c.in[1] = f32(make([]float64, 16), 1, 8, 2) }, "input 1 is [1 8 2]"},
		{"a rank", func(c *call) { c.in[0] = f32(make([]float64, 6), 2, 3) }, "2 dimensions"},
		{"a bias", func(c *call) { c.in[3] = f32(make([]float64, 8), 1, 8) }, "input 3"},
		{"a state", func(c *call) { c.in[5] = f32(make([]float64, 8), 2, 2, 2) }, "input 5"},
		{"an activation", func(c *call) { c.attrs["activations"] = []string{"Tanh", "Tanh", "Cosh"} }, `"Cosh"`},
		{"too few activations", func(c *call) { c.attrs["activations"] = []string{"Tanh", "Tanh"} }, "needs 3"},
		{"a clip", func(c *call) { c.attrs["clip"] = float32(-1) }, "clip is -1"},
		{"a length", func(c *call) { c.in[4] = tensor.Of([]int32{2, 3}, 2) }, "sequence_lens[1] is 3"},
		{"a negative length", func(c *call) { c.in[4] = tensor.Of([]int32{-1, 2}, 2) }, "sequence_lens[0] is -1"},
	} {
		c := callOf[float32](good())
		tt.edit(&c)
		if _, err := c.try(t); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error = %v; want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestRecurrentAllocatesNothing(t *testing.T) {
	for _, op := range []string{"LSTM", "GRU", "RNN"} {
		k := &recurrentCase{op: op, steps: 20, batch: 3, input: 3, hidden: 4, direction: "bidirectional", bias: true, state: true, clip: 1}
		k.fill(rand.New(rand.NewPCG(1, 1)))
		wantNoAllocs(t, callOf[float32](k))
		k.lens = []int32{1, 20, 3}
		wantNoAllocs(t, callOf[float32](k))
	}
}

// BenchmarkRecurrent runs layers of the size that detectors of anomalies in sensor readings have.
func BenchmarkRecurrent(b *testing.B) {
	for _, op := range []string{"LSTM", "GRU", "RNN"} {
		for _, batch := range []int{1, 32} {
			b.Run(fmt.Sprintf("%s batch %d", op, batch), func(b *testing.B) {
				k := &recurrentCase{op: op, steps: 32, batch: batch, input: 8, hidden: 32, direction: "forward", bias: true}
				k.fill(rand.New(rand.NewPCG(1, 1)))
				kernel, ctx, err := callOf[float32](k).kernel(b, 1)
				if err != nil {
					b.Fatal(err)
				}
				for b.Loop() {
					if err := kernel.Run(ctx); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(k.steps*batch*k.gates()*32*40)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GMAC/s")
			})
		}
	}
}
