package ops

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// machine is a support vector machine for tests, with a reference that follows the definitions word by word.
type machine struct {
	kind         string
	params       []float32
	vectors      [][]float32
	perClass     []int
	coefficients [][]float32 // by row, of which there is one less than there are classes
	rho, a, b    []float32
	post         string
}

func randomMachine(rnd *rand.Rand, kind string, features int, perClass ...int) *machine {
	list := func(n int) []float32 {
		out := make([]float32, n)
		for i := range out {
			out[i] = float32(rnd.NormFloat64())
		}
		return out
	}
	classes, total := len(perClass), 0
	for _, n := range perClass {
		total += n
	}
	m := &machine{kind: kind, params: []float32{0.3, 0.5, 3}, perClass: perClass, post: "NONE"}
	for range total {
		m.vectors = append(m.vectors, list(features))
	}
	for range classes - 1 {
		m.coefficients = append(m.coefficients, list(total))
	}
	pairs := classes * (classes - 1) / 2
	m.rho, m.a, m.b = list(pairs), list(pairs), list(pairs)
	return m
}

func (m *machine) kernel(x []float64, v []float32) float64 {
	dot, square := 0.0, 0.0
	for i := range x {
		dot += x[i] * float64(v[i])
		square += (x[i] - float64(v[i])) * (x[i] - float64(v[i]))
	}
	gamma, coef0, degree := float64(m.params[0]), float64(m.params[1]), float64(m.params[2])
	switch m.kind {
	case "POLY":
		return math.Pow(gamma*dot+coef0, degree)
	case "RBF":
		return math.Exp(-gamma * square)
	case "SIGMOID":
		return math.Tanh(gamma*dot + coef0)
	}
	return dot
}

// decide returns what each pair of classes says of a row, and how often each class is voted for.
func (m *machine) decide(x []float64) (scores []float64, votes []int) {
	votes = make([]int, len(m.perClass))
	class := func(v int) int {
		for c, n := range m.perClass {
			if v < n {
				return c
			}
			v -= n
		}
		panic("no class")
	}
	for i := range m.perClass {
		for j := i + 1; j < len(m.perClass); j++ {
			sum := float64(m.rho[len(scores)])
			for v, vector := range m.vectors {
				switch class(v) {
				case i:
					sum += float64(m.coefficients[j-1][v]) * m.kernel(x, vector)
				case j:
					sum += float64(m.coefficients[i][v]) * m.kernel(x, vector)
				}
			}
			scores = append(scores, sum)
			if sum > 0 {
				votes[i]++
			} else {
				votes[j]++
			}
		}
	}
	return scores, votes
}

func (m *machine) call(x *tensor.Tensor, probability bool) call {
	a := attrs{
		"kernel_type": m.kind, "kernel_params": m.params, "support_vectors": slices.Concat(m.vectors...),
		"coefficients": slices.Concat(m.coefficients...), "rho": m.rho, "post_transform": m.post,
		"vectors_per_class": []int64{}, "classlabels_ints": []int64{},
	}
	for i, n := range m.perClass {
		a["vectors_per_class"] = append(a["vectors_per_class"].([]int64), int64(n))
		a["classlabels_ints"] = append(a["classlabels_ints"].([]int64), int64(10*i+3))
	}
	if probability {
		a["prob_a"], a["prob_b"] = m.a, m.b
	}
	return call{domain: ml, op: "SVMClassifier", opset: 1, attrs: a, in: []*tensor.Tensor{x}, outs: 2}
}

var svmKernels = []string{"LINEAR", "POLY", "RBF", "SIGMOID"}

func TestSVMClassifier(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, kind := range svmKernels {
		for _, perClass := range [][]int{{1, 1}, {3, 2}, {2, 0, 1}, {1, 2, 3, 2, 1}} {
			const rows, features = 7, 5
			m := randomMachine(rnd, kind, features, perClass...)
			whole := make([]float64, rows*features)
			for i := range whole {
				whole[i] = float64(rnd.IntN(5) - 2)
			}
			var labels, scores []float64
			for r := range rows {
				s, votes := m.decide(whole[r*features:][:features])
				labels = append(labels, float64(10*slices.Index(votes, slices.Max(votes))+3))
				if len(perClass) == 2 {
					s = []float64{-s[0], s[0]}
				}
				scores = append(scores, s...)
			}
			for _, x := range []*tensor.Tensor{
				f32(whole, rows, features), floatsAs[float64](whole, rows, features),
				floatsAs[int32](whole, rows, features), floatsAs[int64](whole, rows, features),
			} {
				what := fmt.Sprintf("%s of %v on %v", kind, perClass, x.DType)
				c := m.call(x, false)
				out := c.run(t)
				wantNumbers(t, what+": labels", out[0], labels, 0)
				wantNumbers(t, what+": scores", out[1], scores, 1e-6)
				wantNoAllocs(t, c)
			}
		}
	}
}

// TestSVMProbabilities has probabilities that add up to 1 and fit those of the pairs: p minimizes the sum of
// (r[j][i] p[i] - r[i][j] p[j])^2 over all pairs. Any shift from one class to another must not make it smaller.
func TestSVMProbabilities(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for _, perClass := range [][]int{{2, 2}, {1, 2, 3}, {2, 1, 1, 2, 3, 1}} {
		m := randomMachine(rnd, "RBF", 3, perClass...)
		classes := len(perClass)
		x := noise(rnd, 5, 3)
		c := m.call(x, true)
		out := c.run(t)
		wantNoAllocs(t, c)
		for r := range 5 {
			p := numbers(out[1])[r*classes:][:classes]
			row := make([]float64, 3)
			for i := range row {
				row[i] = numbers(x)[r*3+i]
			}
			scores, votes := m.decide(row)
			if want := int64(10*slices.Index(votes, slices.Max(votes)) + 3); tensor.View[int64](out[0])[r] != want {
				t.Errorf("%v: label %d; want %d, which has most votes", perClass, tensor.View[int64](out[0])[r], want)
			}
			total := 0.0
			for _, v := range p {
				total += v
			}
			if math.Abs(total-1) > 1e-6 {
				t.Errorf("%v: probabilities %v add up to %v", perClass, p, total)
			}
			loss := func(p []float64) float64 {
				sum, pair := 0.0, 0
				for i := range classes {
					for j := i + 1; j < classes; j++ {
						r := 1 / (1 + math.Exp(scores[pair]*float64(m.a[pair])+float64(m.b[pair])))
						d := (1-r)*p[i] - r*p[j]
						sum += d * d
						pair++
					}
				}
				return sum
			}
			const step = 0.03
			for from := range classes {
				for to := range classes {
					q := slices.Clone(p)
					if from == to || q[from] < step {
						continue
					}
					q[from] -= step
					q[to] += step
					if loss(q) < loss(p) {
						t.Errorf("%v: %v fits the pairs better than %v", perClass, q, p)
					}
				}
			}
		}
	}
}

// TestSVMTransforms applies each transform to what the same machine says without one.
func TestSVMTransforms(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for _, perClass := range [][]int{{2, 3}, {1, 2, 1}} {
		for _, probability := range []bool{false, true} {
			m := randomMachine(rnd, "RBF", 4, perClass...)
			x := noise(rnd, 6, 4)
			plain := m.call(x, probability).run(t)
			for post, transform := range transforms {
				m.post = post
				out := m.call(x, probability).run(t)
				if !slices.Equal(numbers(out[0]), numbers(plain[0])) {
					t.Errorf("%s changes the classes", post)
				}
				want := numbers(plain[1])
				cols := len(want) / 6
				for r := range 6 {
					row := want[r*cols:][:cols]
					if post == "PROBIT" && cols == 2 && !probability {
						row[0] = 1 - row[1]
					}
					transform.apply(row)
				}
				wantNumbers(t, fmt.Sprintf("%s of %v", post, perClass), out[1], want, 1e-4)
			}
		}
	}
}

// TestSVMLinear has scores without support vectors. Those of two classes are told apart as ONNX Runtime 1.23 does.
func TestSVMLinear(t *testing.T) {
	for _, s := range []struct {
		name         string
		coefficients []float32
		rho          float32
		x            []float64 // two features
		labels       []string
		scores       []float64
		class        string
	}{
		{"three classes", floats(1, 0, 0, 1, -1, -1), 0.5, []float64{1, 2}, []string{"a", "b", "c"}, []float64{1.5, 2.5, -2.5}, "b"},
		{"all below zero", floats(1, 0, 0, 1), -9, []float64{2, 1}, []string{"a", "b"}, []float64{-7, -8}, "a"},
		{"two with a negative coefficient", floats(1, 0, 0, -1), 0, []float64{2, 1}, []string{"a", "b"}, []float64{2, -1}, "b"},
		{"two, small", floats(1, 0, 0, 1), 0, []float64{0.4, 0.3}, []string{"a", "b"}, []float64{0.4, 0.3}, "a"},
		{"two, a half", floats(1, 0, 0, 1), 0, []float64{0.5, 0.3}, []string{"a", "b"}, []float64{0.5, 0.3}, "b"},
		{"one class", floats(1, 1), 0, []float64{-1, -1}, []string{"a"}, []float64{-2}, "a"},
	} {
		c := call{domain: ml, op: "SVMClassifier", opset: 1, outs: 2, in: []*tensor.Tensor{f32(s.x, 2)}, attrs: attrs{
			"coefficients": s.coefficients, "rho": []float32{s.rho}, "classlabels_strings": s.labels, "kernel_type": "RBF",
		}}
		out := c.run(t)
		wantStrings(t, s.name, out[0], []string{s.class}, 1)
		wantNumbers(t, s.name, out[1], s.scores, 1e-6)
	}
}

func TestSVMRegressor(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for _, kind := range svmKernels {
		m := randomMachine(rnd, kind, 3, 2, 2)
		x := noise(rnd, 6, 3)
		var sums, signs []float64
		for r := range 6 {
			sum := float64(m.rho[0])
			for v, vector := range m.vectors {
				sum += float64(m.coefficients[0][v]) * m.kernel(numbers(x)[r*3:][:3], vector)
			}
			sums, signs = append(sums, sum), append(signs, math.Copysign(1, sum))
		}
		a := attrs{
			"kernel_type": kind, "kernel_params": m.params, "support_vectors": slices.Concat(m.vectors...),
			"coefficients": m.coefficients[0], "rho": m.rho, "n_supports": int64(4),
		}
		c := call{domain: ml, op: "SVMRegressor", opset: 1, outs: 1, attrs: a, in: []*tensor.Tensor{x}}
		wantTensor(t, kind, c.run(t)[0], []int{6, 1}, sums)
		wantNoAllocs(t, c)
		a["post_transform"] = "LOGISTIC"
		for i, v := range sums {
			sums[i] = 1 / (1 + math.Exp(-v))
		}
		wantTensor(t, kind+" LOGISTIC", c.run(t)[0], []int{6, 1}, sums)
		a["one_class"] = int64(1)
		wantTensor(t, kind+" one class", c.run(t)[0], []int{6, 1}, signs)
	}
	c := call{domain: ml, op: "SVMRegressor", opset: 1, outs: 1, in: []*tensor.Tensor{tensorOf([]int64{1, 2, 3}, 3)}}
	c.attrs = attrs{"coefficients": floats(1, -1, 2), "rho": floats(0.5)}
	wantTensor(t, "linear", c.run(t)[0], []int{1, 1}, []float64{5.5})
}

// TestSVMAttributes has lists that do not fit each other.
func TestSVMAttributes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 12))
	m := randomMachine(rnd, "RBF", 2, 2, 1, 1)
	x := noise(rnd, 3, 2)
	for _, bad := range []struct {
		name  string
		value any
	}{
		{"kernel_type", "rbf"},
		{"kernel_params", floats(1)},
		{"post_transform", "none"},
		{"vectors_per_class", []int64{2, 1}},
		{"vectors_per_class", []int64{2, 1, 2}},
		{"vectors_per_class", []int64{5, -2, 1}},
		{"vectors_per_class", []int64{1 << 62, 1 << 62, 1}},
		{"vectors_per_class", []int64{1 << 31, 1 << 31, 0}},
		{"coefficients", floats(1, 2, 3)},
		{"coefficients", floats()},
		{"support_vectors", floats(1, 2, 3)},
		{"support_vectors", floats()},
		{"rho", floats()},
		{"rho", floats(1, 2)},
		{"prob_a", floats(1, 2, 3)},
		{"prob_b", floats()},
		{"classlabels_ints", []int64{}},
		{"classlabels_ints", []int64{1, 2}},
		{"classlabels_strings", []string{"a", "b", "c"}},
	} {
		c := m.call(x, true)
		c.attrs[bad.name] = bad.value
		if bad.name == "prob_a" {
			delete(c.attrs, "prob_b")
		}
		if out, err := c.try(t); err == nil {
			t.Errorf("%s of %v is no error, but %v", bad.name, bad.value, numbers(out[1]))
		}
	}
	for _, dims := range [][]int{{3, 3}, {1, 3, 2}, {}} {
		if _, err := m.call(tensor.New(dtype.Float32, dims), false).try(t); err == nil {
			t.Errorf("features of %v are no error", dims)
		}
	}
	if out := m.call(tensor.New(dtype.Float32, []int{0, 2}), true).run(t); out[0].Len() != 0 || !slices.Equal(out[1].Shape, []int{0, 3}) {
		t.Errorf("no rows become %v and %v", out[0].Shape, out[1].Shape)
	}
	for _, bad := range []attrs{
		{"coefficients": floats(1, 2), "rho": floats()},
		{"coefficients": floats(), "rho": floats(1)},
		{"coefficients": floats(1), "rho": floats(1), "n_supports": int64(2), "support_vectors": floats(1, 2, 3, 4)},
		{"coefficients": floats(1, 2), "rho": floats(1), "n_supports": int64(-1), "support_vectors": floats(1, 2)},
		{"coefficients": floats(1, 2), "rho": floats(1), "n_supports": int64(1 << 40), "support_vectors": floats(1, 2)},
		{"coefficients": floats(1, 2), "rho": floats(1), "post_transform": ""},
	} {
		c := call{domain: ml, op: "SVMRegressor", opset: 1, outs: 1, attrs: bad, in: []*tensor.Tensor{x}}
		if _, err := c.try(t); err == nil {
			t.Errorf("SVMRegressor of %v is no error", bad)
		}
	}
}
