package ops

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/tensor"
)

func TestSoftmax(t *testing.T) {
	rnd := rand.New(rand.NewPCG(15, 16))
	x := noise(rnd, 3, 150, 4)
	for _, c := range []struct {
		opset      int
		axis       int64
		n, columns int
	}{{13, -1, 4, 1}, {13, 1, 150, 4}, {13, 0, 3, 600}, {11, 1, 600, 1}, {1, 0, 1800, 1}, {11, 3, 1, 1}, {11, -1, 4, 1}} {
		want, logs := make([]float64, x.Len()), make([]float64, x.Len())
		for i := range want {
			start := i/(c.n*c.columns)*c.n*c.columns + i%c.columns
			sum := 0.0
			for j := range c.n {
				sum += math.Exp(float64(tensor.View[float32](x)[start+j*c.columns]))
			}
			logs[i] = float64(tensor.View[float32](x)[i]) - math.Log(sum)
			want[i] = math.Exp(logs[i])
		}
		node := call{op: "Softmax", opset: c.opset, attrs: attrs{"axis": c.axis}, in: []*tensor.Tensor{x}, outs: 1}
		wantTensor(t, "Softmax", node.run(t)[0], x.Shape, want)
		wantNoAllocs(t, node)
		node.op = "LogSoftmax"
		wantTensor(t, "LogSoftmax", node.run(t)[0], x.Shape, logs)
		wantNoAllocs(t, node)
	}
}

func TestSoftmaxOfLargeNumbers(t *testing.T) {
	inf := math.Inf(1)
	x := f32([]float64{1e4, 1e4, -inf, -1e30}, 4)
	node := call{op: "Softmax", opset: 13, in: []*tensor.Tensor{x}, outs: 1}
	wantNumbers(t, "Softmax", node.run(t)[0], []float64{0.5, 0.5, 0, 0}, 1e-6)
	node.op = "LogSoftmax"
	wantNumbers(t, "LogSoftmax", node.run(t)[0], []float64{-math.Ln2, -math.Ln2, -inf, -1e30}, 1e-6)
}

// statistics returns mean and variance of the elements of x that belong.
func statistics(x []float64, belongs func(i int) bool) (mean, variance float64) {
	count := 0.0
	for i, v := range x {
		if belongs(i) {
			mean += v
			count++
		}
	}
	mean /= count
	for i, v := range x {
		if belongs(i) {
			variance += (v - mean) * (v - mean)
		}
	}
	return mean, variance / count
}

func TestBatchNormalization(t *testing.T) {
	rnd := rand.New(rand.NewPCG(17, 18))
	for _, dims := range [][]int{{2, 5, 3, 7}, {4, 5}, {6}} {
		channels, plane := 1, 1
		if len(dims) > 1 {
			channels, plane = dims[1], tensor.Elems(dims[2:])
		}
		x, scale, bias, mean, variance := noise(rnd, dims...), noise(rnd, channels), noise(rnd, channels), noise(rnd, channels), noise(rnd, channels)
		for i, v := range tensor.View[float32](variance) {
			tensor.View[float32](variance)[i] = v*v + 0.1
		}
		norm := func(m, v func(ch int) float64) []float64 {
			want := numbers(x)
			for i, e := range want {
				ch := i / plane % channels
				want[i] = (e-m(ch))/math.Sqrt(v(ch)+1e-3)*numbers(scale)[ch] + numbers(bias)[ch]
			}
			return want
		}
		at := func(x *tensor.Tensor) func(int) float64 { return func(ch int) float64 { return numbers(x)[ch] } }
		node := call{op: "BatchNormalization", attrs: attrs{"epsilon": float32(1e-3)}, in: []*tensor.Tensor{x, scale, bias, mean, variance}, outs: 1}
		for _, opset := range []int{1, 6, 7, 9, 14, 15} {
			node.opset = opset
			wantTensor(t, "BatchNormalization", node.run(t)[0], dims, norm(at(mean), at(variance)))
			wantNoAllocs(t, node)
		}
		node.attrs["training_mode"], node.attrs["momentum"], node.outs = int64(1), float32(0.75), 3
		got := node.run(t)
		var means, variances, runMean, runVar []float64
		for ch := range channels {
			m, v := statistics(numbers(x), func(i int) bool { return i/plane%channels == ch })
			means, variances = append(means, m), append(variances, v)
			runMean = append(runMean, 0.75*numbers(mean)[ch]+0.25*m)
			runVar = append(runVar, 0.75*numbers(variance)[ch]+0.25*v)
		}
		wantTensor(t, "training", got[0], dims, norm(func(ch int) float64 { return means[ch] }, func(ch int) float64 { return variances[ch] }))
		wantTensor(t, "running mean", got[1], []int{channels}, runMean)
		wantTensor(t, "running variance", got[2], []int{channels}, runVar)
	}
}

func TestBatchNormalizationMixedTypes(t *testing.T) {
	one := []float64{1}
	got := call{op: "BatchNormalization", opset: 15, attrs: attrs{"epsilon": float32(0)}, outs: 1, in: []*tensor.Tensor{
		f32([]float64{3, 5}, 2, 1), floatsAs[float64](one, 1), floatsAs[float64](one, 1), floatsAs[float64](one, 1), floatsAs[float64]([]float64{4}, 1),
	}}.run(t)[0]
	wantTensor(t, "BatchNormalization", got, []int{2, 1}, []float64{2, 3})
}

func TestInstanceNormalization(t *testing.T) {
	rnd := rand.New(rand.NewPCG(19, 20))
	x, scale, bias := noise(rnd, 2, 3, 9, 5), noise(rnd, 3), noise(rnd, 3)
	want := numbers(x)
	for i, v := range numbers(x) {
		m, variance := statistics(numbers(x), func(j int) bool { return j/45 == i/45 })
		want[i] = (v-m)/math.Sqrt(variance+1e-5)*numbers(scale)[i/45%3] + numbers(bias)[i/45%3]
	}
	node := call{op: "InstanceNormalization", opset: 6, in: []*tensor.Tensor{x, scale, bias}, outs: 1}
	wantTensor(t, "InstanceNormalization", node.run(t)[0], x.Shape, want)
	wantNoAllocs(t, node)
}

func TestLayerNormalization(t *testing.T) {
	rnd := rand.New(rand.NewPCG(21, 22))
	x, scale, bias := noise(rnd, 4, 3, 5), noise(rnd, 3, 1), noise(rnd, 5)
	want, means, deviations := numbers(x), make([]float64, 4), make([]float64, 4)
	for i, v := range numbers(x) {
		m, variance := statistics(numbers(x), func(j int) bool { return j/15 == i/15 })
		means[i/15], deviations[i/15] = m, 1/math.Sqrt(variance+1e-5)
		want[i] = (v-m)*deviations[i/15]*numbers(scale)[i%15/5] + numbers(bias)[i%5]
	}
	node := call{op: "LayerNormalization", opset: 17, attrs: attrs{"axis": int64(1)}, in: []*tensor.Tensor{x, scale, bias}, outs: 3}
	got := node.run(t)
	wantTensor(t, "LayerNormalization", got[0], x.Shape, want)
	wantTensor(t, "mean", got[1], []int{4, 1, 1}, means)
	wantTensor(t, "deviation", got[2], []int{4, 1, 1}, deviations)
	wantNoAllocs(t, node)
}

func TestLRN(t *testing.T) {
	rnd := rand.New(rand.NewPCG(23, 24))
	x := noise(rnd, 2, 6, 7, 100)
	for _, c := range []struct {
		size          int64
		before, after int
		beta          float32
	}{{3, 1, 1, 0.75}, {4, 1, 2, 0.75}, {1, 0, 0, 0.5}, {40, 19, 20, 1}} {
		want, have := numbers(x), numbers(x)
		for i, v := range have {
			ch := i / 700 % 6
			sum := 0.0
			for j := max(ch-c.before, 0); j <= min(ch+c.after, 5); j++ {
				u := have[i+(j-ch)*700]
				sum += u * u
			}
			want[i] = v / math.Pow(2+0.5/float64(c.size)*sum, float64(c.beta))
		}
		node := call{op: "LRN", opset: 13, attrs: attrs{"size": c.size, "beta": c.beta, "alpha": float32(0.5), "bias": float32(2)}, in: []*tensor.Tensor{x}, outs: 1}
		wantTensor(t, "LRN", node.run(t)[0], x.Shape, want)
		wantNoAllocs(t, node)
	}
}

func TestGelu(t *testing.T) {
	x := []float64{-3, -1, 0, 0.5, 2}
	exact, near := slices.Clone(x), slices.Clone(x)
	for i, v := range x {
		exact[i] = v / 2 * (1 + math.Erf(v/math.Sqrt2))
		near[i] = v / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(v+0.044715*v*v*v)))
	}
	node := call{op: "Gelu", opset: 20, in: []*tensor.Tensor{f32(x, 5)}, outs: 1}
	wantTensor(t, "Gelu", node.run(t)[0], []int{5}, exact)
	node.attrs = attrs{"approximate": "tanh"}
	wantTensor(t, "Gelu by tanh", node.run(t)[0], []int{5}, near)
}
