package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// attentionCase is an Attention of random numbers.
type attentionCase struct {
	opset                       int
	batch, heads, kvHeads       int
	queries, past, fresh        int
	size, valueSize             int
	packed, double, causal      bool
	mask                        []int
	boolMask                    bool
	nonpad                      []int64
	left, right                 int64
	scale, softcap              float32
	mode                        int64
	q, k, v, bias, pastK, pastV *tensor.Tensor
}

func (a *attentionCase) total() int { return a.past + a.fresh }

// random returns a tensor of random numbers of the case's type.
func (a *attentionCase) random(rnd *rand.Rand, dims ...int) *tensor.Tensor {
	if a.double {
		return floatsAs[float64](numbers(noise(rnd, dims...)), dims...)
	}
	return noise(rnd, dims...)
}

// node fills in the inputs and returns the node.
func (a *attentionCase) node(rnd *rand.Rand) call {
	shape := func(heads, rows, size int) []int {
		if a.packed {
			return []int{a.batch, rows, heads * size}
		}
		return []int{a.batch, heads, rows, size}
	}
	a.q = a.random(rnd, shape(a.heads, a.queries, a.size)...)
	a.k = a.random(rnd, shape(a.kvHeads, a.fresh, a.size)...)
	a.v = a.random(rnd, shape(a.kvHeads, a.fresh, a.valueSize)...)
	c := call{op: "Attention", opset: max(a.opset, 23), outs: 1, attrs: attrs{}}
	c.in = []*tensor.Tensor{a.q, a.k, a.v, nil, nil, nil}
	if a.packed {
		c.attrs["q_num_heads"], c.attrs["kv_num_heads"] = int64(a.heads), int64(a.kvHeads)
	}
	if a.mask != nil {
		a.bias = noise(rnd, a.mask...)
		if a.boolMask {
			bits := make([]bool, a.bias.Len())
			for i := range bits {
				bits[i] = rnd.IntN(3) > 0
			}
			a.bias = tensor.Of(bits, a.mask...)
		}
		c.in[attentionMask] = a.bias
	}
	if a.past > 0 {
		a.pastK = a.random(rnd, a.batch, a.kvHeads, a.past, a.size)
		a.pastV = a.random(rnd, a.batch, a.kvHeads, a.past, a.valueSize)
		c.in[attentionPastK], c.in[attentionPastV] = a.pastK, a.pastV
		c.outs = 3
	}
	if a.nonpad != nil {
		c.in = append(c.in, tensor.Of(a.nonpad, len(a.nonpad)))
	}
	if a.causal {
		c.attrs["is_causal"] = int64(1)
	}
	if a.scale != 0 {
		c.attrs["scale"] = a.scale
	}
	if a.softcap != 0 {
		c.attrs["softcap"] = a.softcap
	}
	if c.opset >= 25 {
		c.attrs["left_window_size"], c.attrs["right_window_size"] = a.left, a.right
	}
	if a.mode >= 0 {
		c.attrs["qk_matmul_output_mode"] = a.mode
		c.outs = 4
	}
	return c
}

// row returns a row of queries, keys or values.
func (a *attentionCase) row(t, past *tensor.Tensor, heads, size, b, h, i int) []float64 {
	if t != a.q {
		if i < a.past {
			return numbers(past)[((b*heads+h)*a.past+i)*size:][:size]
		}
		i -= a.past
	}
	if a.packed {
		return numbers(t)[(b*t.Shape[1]+i)*t.Shape[2]+h*size:][:size]
	}
	return numbers(t)[((b*heads+h)*t.Shape[2]+i)*size:][:size]
}

// allowed returns what the bias of a score is, -Inf where a query does not see a key.
func (a *attentionCase) allowed(b, h, i, j int) float64 {
	offset := a.past
	if a.nonpad != nil {
		if int64(j) >= a.nonpad[b] {
			return math.Inf(-1)
		}
		offset = int(a.nonpad[b]) - a.queries
	}
	self := i + offset
	if a.causal && j > self || a.opset >= 25 && (a.left >= 0 && int64(j) < int64(self)-a.left || a.right >= 0 && int64(j) > int64(self)+a.right) {
		return math.Inf(-1)
	}
	if a.mask == nil {
		return 0
	}
	at, step := 0, 1
	index := []int{b, h, i, j}
	for d := len(a.mask) - 1; d >= 0; d-- {
		x := index[4-len(a.mask)+d]
		last := d == len(a.mask)-1
		if last && a.opset >= 24 && x >= a.mask[d] {
			return math.Inf(-1)
		}
		if a.mask[d] > 1 {
			at += x * step
		}
		step *= a.mask[d]
	}
	if !a.boolMask {
		return numbers(a.bias)[at]
	}
	if tensor.View[bool](a.bias)[at] {
		return 0
	}
	return math.Inf(-1)
}

// want computes Y and the scores.
func (a *attentionCase) want() (y, scores []float64) {
	scale := float64(a.scale)
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(a.size))
	}
	y = make([]float64, a.batch*a.heads*a.queries*a.valueSize)
	for b := range a.batch {
		for h := range a.heads {
			kv := h / (a.heads / a.kvHeads)
			for i := range a.queries {
				q := a.row(a.q, nil, a.heads, a.size, b, h, i)
				var stages [4][]float64
				sum, greatest := 0.0, math.Inf(-1)
				for j := range a.total() {
					s := 0.0
					for e, v := range a.row(a.k, a.pastK, a.kvHeads, a.size, b, kv, j) {
						s += v * q[e]
					}
					s *= scale
					stages[scoresRaw] = append(stages[scoresRaw], s)
					if a.softcap > 0 {
						s = float64(a.softcap) * math.Tanh(s/float64(a.softcap))
					}
					stages[scoresCapped] = append(stages[scoresCapped], s)
					s += a.allowed(b, h, i, j)
					stages[scoresBiased] = append(stages[scoresBiased], s)
					greatest = max(greatest, s)
				}
				for _, s := range stages[scoresBiased] {
					p := 0.0
					if !math.IsInf(greatest, -1) {
						p = math.Exp(s - greatest)
					}
					sum += p
					stages[scoresSoftmax] = append(stages[scoresSoftmax], p)
				}
				out := y[((b*a.heads+h)*a.queries+i)*a.valueSize:][:a.valueSize]
				if a.packed {
					out = y[(b*a.queries+i)*a.heads*a.valueSize+h*a.valueSize:][:a.valueSize]
				}
				for j, p := range stages[scoresSoftmax] {
					if sum > 0 {
						p /= sum
					}
					stages[scoresSoftmax][j] = p
					for e, v := range a.row(a.v, a.pastV, a.kvHeads, a.valueSize, b, kv, j) {
						out[e] += p * v
					}
				}
				scores = append(scores, stages[max(a.mode, 0)]...)
			}
		}
	}
	return y, scores
}

func TestAttention(t *testing.T) {
	rnd, levels := rand.New(rand.NewPCG(31, 32)), cpu.Levels()
	for i := range 300 {
		a := attentionCase{
			opset: 23 + rnd.IntN(3), batch: 1 + rnd.IntN(3), kvHeads: 1 + rnd.IntN(3), queries: 1 + rnd.IntN(9),
			fresh: rnd.IntN(12), size: 1 + rnd.IntN(9), valueSize: 1 + rnd.IntN(9),
			packed: rnd.IntN(2) == 0, double: rnd.IntN(4) == 0, causal: rnd.IntN(2) == 0,
			left: int64(rnd.IntN(5)) - 1, right: int64(rnd.IntN(5)) - 1, mode: int64(rnd.IntN(5)) - 1,
		}
		a.heads = a.kvHeads * (1 + rnd.IntN(3))
		if rnd.IntN(3) == 0 {
			a.scale, a.softcap = 0.7, 1.5
		}
		switch {
		case rnd.IntN(3) == 0:
			a.past = 1 + rnd.IntN(5)
		case rnd.IntN(2) == 0 && a.opset > 23:
			for range a.batch {
				a.nonpad = append(a.nonpad, int64(rnd.IntN(a.fresh+3))-1)
			}
		}
		if rnd.IntN(2) == 0 {
			a.mask = []int{a.batch, a.heads, a.queries, a.total()}
			for j := range 3 {
				if rnd.IntN(3) == 0 {
					a.mask[j] = 1
				}
			}
			if a.opset > 23 && a.total() > 0 {
				a.mask[3] -= rnd.IntN(a.total())
			}
			a.mask = a.mask[rnd.IntN(4):]
			a.boolMask = rnd.IntN(2) == 0
		}
		node := a.node(rnd)
		node.level = levels[i%len(levels)]
		got := node.run(t)
		y, scores := a.want()
		what := fmt.Sprintf("case %d: %+v", i, a)
		wantNumbers(t, what, got[attentionY], y, 1e-5)
		if a.mode >= 0 {
			wantNumbers(t, what+" scores", got[attentionScores], scores, 1e-5)
		}
		if len(got) > attentionPresentV && got[attentionPresentV] != nil {
			var keys, values []float64
			for b := range a.batch {
				for h := range a.kvHeads {
					for j := range a.total() {
						keys = append(keys, a.row(a.k, a.pastK, a.kvHeads, a.size, b, h, j)...)
						values = append(values, a.row(a.v, a.pastV, a.kvHeads, a.valueSize, b, h, j)...)
					}
				}
			}
			wantNumbers(t, what+" keys", got[attentionPresentK], keys, 0)
			wantNumbers(t, what+" values", got[attentionPresentV], values, 0)
		}
		wantNoAllocs(t, node)
	}
}

// TestAttentionBlocks has more queries and keys than a block has.
func TestAttentionBlocks(t *testing.T) {
	rnd := rand.New(rand.NewPCG(33, 34))
	for _, a := range []attentionCase{
		{queries: 150, past: 700, fresh: 1900, size: 33, valueSize: 40, packed: true, causal: true, mode: -1},
		{queries: 40, fresh: 1024, size: 512, valueSize: 16, packed: true, mode: scoresSoftmax}, // all rows are pages
	} {
		a.opset, a.batch, a.heads, a.kvHeads = 24, 1, 2, 1
		node := a.node(rnd)
		y, scores := a.wantQuickly()
		for _, node.level = range cpu.Levels() {
			got, what := node.run(t), fmt.Sprint("Attention on ", node.level)
			wantNumbers(t, what, got[attentionY], y, 1e-5)
			if a.mode >= 0 {
				wantNumbers(t, what+": scores", got[attentionScores], scores, 1e-5)
			}
		}
	}
}

// wantQuickly is want with rows that are converted once.
func (a *attentionCase) wantQuickly() (y, scores []float64) {
	for _, p := range []**tensor.Tensor{&a.k, &a.v, &a.pastK, &a.pastV} {
		if *p != nil {
			*p = floatsAs[float64](numbers(*p), (*p).Shape...)
		}
	}
	return a.want()
}

func TestAttentionOfMixedTypes(t *testing.T) {
	rnd := rand.New(rand.NewPCG(35, 36))
	for _, double := range []bool{false, true} {
		a := attentionCase{opset: 24, batch: 2, heads: 2, kvHeads: 2, queries: 3, past: 2, fresh: 5, size: 4, valueSize: 6, packed: true, double: double, mode: -1}
		node := a.node(rnd)
		for _, i := range []int{attentionV, attentionPastV} {
			if double {
				node.in[i] = f32(numbers(node.in[i]), node.in[i].Shape...)
			} else {
				node.in[i] = floatsAs[float64](numbers(node.in[i]), node.in[i].Shape...)
			}
		}
		got := node.run(t)
		y, _ := a.want()
		wantNumbers(t, "Attention", got[0], y, 1e-5)
		if got[0].DType != node.in[0].DType || got[2].DType != node.in[2].DType {
			t.Errorf("Attention of %v and %v makes %v and %v", node.in[0].DType, node.in[2].DType, got[0].DType, got[2].DType)
		}
		wantNoAllocs(t, node)
	}
}

// TestAttentionIgnoresPadding has keys and values that are no numbers where no query sees them.
func TestAttentionIgnoresPadding(t *testing.T) {
	nan := math.NaN()
	got := call{op: "Attention", opset: 24, outs: 1, in: []*tensor.Tensor{
		f32([]float64{1, 2}, 1, 1, 2, 1), f32([]float64{1, 1, nan}, 1, 1, 3, 1), f32([]float64{3, 5, nan}, 1, 1, 3, 1), nil, nil, nil,
		tensor.Of([]int64{2}, 1),
	}}.run(t)[0]
	wantNumbers(t, "Attention", got, []float64{4, 4}, 1e-6)
	got = call{op: "Attention", opset: 23, outs: 1, in: []*tensor.Tensor{
		f32([]float64{1}, 1, 1, 1, 1), f32([]float64{math.Inf(1), 1}, 1, 1, 2, 1), f32([]float64{3, 5}, 1, 1, 2, 1),
		tensor.Of([]bool{false, true}, 2),
	}}.run(t)[0]
	wantNumbers(t, "Attention with a mask", got, []float64{5}, 1e-6)
}

func TestAttentionPrecision(t *testing.T) {
	q, k, v := f32([]float64{1}, 1, 1, 1, 1), f32([]float64{0.1, 0.2, 0.3}, 1, 1, 3, 1), f32([]float64{1, 0, 0}, 1, 1, 3, 1)
	node := call{op: "Attention", opset: 23, attrs: attrs{"scale": float32(1)}, in: []*tensor.Tensor{q, k, v}, outs: 1}
	exact := numbers(node.run(t)[0])[0]
	for _, d := range []dtype.DType{dtype.F16, dtype.BF16, dtype.Float32, dtype.Float64} {
		node.attrs["softmax_precision"] = int64(d)
		got := numbers(node.run(t)[0])[0]
		small := dtype.SmallFloats.Has(d)
		if math.Abs(got-exact) > 0.01 || (math.Abs(got-exact) > 1e-6) != small {
			t.Errorf("softmax_precision %v: %v; want about %v", d, got, exact)
		}
		if small && float64(d.Decode(d.Encode(got, false, dtype.Nearest))) != got {
			t.Errorf("softmax_precision %v: %v is no %v", d, got, d)
		}
	}
}

func TestAttentionRefuses(t *testing.T) {
	x := func(dims ...int) *tensor.Tensor { return tensor.New(dtype.Float32, dims) }
	heads := attrs{"q_num_heads": int64(2), "kv_num_heads": int64(2)}
	for _, c := range []struct {
		what  string
		opset int
		attrs attrs
		in    []*tensor.Tensor
	}{
		{"ranks that differ", 23, heads, []*tensor.Tensor{x(1, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"two dimensions", 23, nil, []*tensor.Tensor{x(2, 4), x(3, 4), x(3, 4)}},
		{"no heads", 23, nil, []*tensor.Tensor{x(1, 2, 4), x(1, 3, 4), x(1, 3, 4)}},
		{"heads that do not divide rows", 23, attrs{"q_num_heads": int64(3), "kv_num_heads": int64(1)}, []*tensor.Tensor{x(1, 2, 4), x(1, 3, 4), x(1, 3, 4)}},
		{"negative heads", 23, attrs{"q_num_heads": int64(-1), "kv_num_heads": int64(-1)}, []*tensor.Tensor{x(1, 2, 4), x(1, 3, 4), x(1, 3, 4)}},
		{"heads that do not share", 23, nil, []*tensor.Tensor{x(1, 3, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"no heads of keys", 23, nil, []*tensor.Tensor{x(1, 3, 2, 4), x(1, 0, 3, 4), x(1, 0, 3, 4)}},
		{"other sizes", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 5), x(1, 2, 3, 4)}},
		{"other batches", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(2, 2, 3, 4), x(1, 2, 3, 4)}},
		{"other keys", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 4, 4)}},
		{"half of a past", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 3, 4)}},
		{"another past", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 3, 4), x(1, 2, 4, 4)}},
		{"a flat past", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 12), x(1, 2, 12)}},
		{"a mask that is too long", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), x(2, 4)}},
		{"a mask of other queries", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), x(3, 3)}},
		{"a mask of five dimensions", 23, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), x(1, 1, 1, 1, 1)}},
		{"a mode", 23, attrs{"qk_matmul_output_mode": int64(4)}, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"a precision", 23, attrs{"softmax_precision": int64(7)}, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"a window", 25, attrs{"left_window_size": int64(-2)}, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"heads twice", 25, heads, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4)}},
		{"a count and a past", 24, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, x(1, 2, 3, 4), x(1, 2, 3, 4), tensor.Of([]int64{1}, 1)}},
		{"counts of another batch", 24, nil, []*tensor.Tensor{x(1, 2, 2, 4), x(1, 2, 3, 4), x(1, 2, 3, 4), nil, nil, nil, tensor.Of([]int64{1, 2}, 2)}},
	} {
		if out, err := (call{op: "Attention", opset: c.opset, attrs: c.attrs, in: c.in, outs: 1}).try(t); err == nil {
			t.Errorf("Attention with %s = %v; want an error", c.what, out[0].Shape)
		}
	}
}

// TestAttentionCounts has counts of keys that are out of all bounds.
func TestAttentionCounts(t *testing.T) {
	for _, count := range []int64{math.MinInt64, -1, 0, 1 << 40, math.MaxInt64} {
		for _, causal := range []int64{0, 1} {
			got := call{
				op: "Attention", opset: 25, outs: 1,
				attrs: attrs{"is_causal": causal, "left_window_size": int64(math.MaxInt64), "right_window_size": int64(math.MaxInt64)},
				in: []*tensor.Tensor{
					f32([]float64{1, 2}, 1, 1, 2, 1), f32([]float64{1, 1}, 1, 1, 2, 1), f32([]float64{3, 5}, 1, 1, 2, 1), nil, nil, nil,
					tensor.Of([]int64{count}, 1),
				},
			}.run(t)[0]
			want := []float64{0, 0}
			if count > 0 {
				want = []float64{4, 4}
			}
			wantNumbers(t, fmt.Sprint("Attention of ", count), got, want, 1e-6)
		}
	}
}

func TestAttentionEndsWithItsContext(t *testing.T) {
	a := attentionCase{opset: 24, batch: 1, heads: 4, kvHeads: 4, queries: 64, fresh: 512, size: 64, valueSize: 64, mode: -1}
	k, c, err := a.node(rand.New(rand.NewPCG(37, 38))).kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c.Context = ctx
	if err := k.Run(c); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v; want %v", err, context.Canceled)
	}
}

// modifier stands in for a graph that changes scores or weights.
type modifier func(x *tensor.Tensor) (*tensor.Tensor, error)

// modifiersByBody calls functions for bodies.
type modifiersByBody map[*Body]modifier

func (m modifiersByBody) Call(b *Body, in, _ []*tensor.Tensor) ([]*tensor.Tensor, error) {
	y, err := m[b](in[0])
	return []*tensor.Tensor{y}, err
}

// flexed returns the kernel of a FlexAttention with modifiers, and what it runs on.
func flexed(t *testing.T, node call, of dtype.DType, scores, weights modifier) (*flexAttention[float32], *Ctx) {
	t.Helper()
	k, c, err := node.kernel(t, 1)
	if err != nil {
		t.Fatal(err)
	}
	plain, ok := k.(*attention[float32])
	if !ok {
		t.Skip("another type computes here")
	}
	f := &flexAttention[float32]{attention: plain, of: of, dims: []int{plain.batch, plain.heads, plain.queries, plain.total}}
	bodies := modifiersByBody{}
	for i, m := range []modifier{scores, weights} {
		if m != nil {
			f.modify[i] = &Body{}
			bodies[f.modify[i]] = m
		}
	}
	c.Caller = bodies
	c.Scratch = tensor.Alloc(f.Scratch())
	poison(c.Scratch)
	return f, c
}

// TestFlexAttention has modifiers that do what attributes of Attention do.
func TestFlexAttention(t *testing.T) {
	rnd := rand.New(rand.NewPCG(39, 40))
	a := attentionCase{opset: 24, batch: 2, heads: 4, kvHeads: 2, queries: 5, fresh: 7, size: 3, valueSize: 6, causal: true, softcap: 0.5, mode: -1}
	node := a.node(rnd)
	want, _ := a.want()
	node = call{domain: "ai.onnx.preview", op: "FlexAttention", opset: 1, in: node.in[:3], outs: 1}
	for _, of := range []dtype.DType{dtype.Float32, dtype.Float64} {
		f, c := flexed(t, node, of, func(x *tensor.Tensor) (*tensor.Tensor, error) {
			if x.DType != of || !slices.Equal(x.Shape, []int{2, 4, 5, 7}) {
				t.Errorf("a modifier sees %v%v", x.DType, x.Shape)
			}
			v := slices.Clone(numbers(x))
			for i := range v {
				v[i] = 0.5 * math.Tanh(v[i]/0.5)
				if i%7 > i/7%5 {
					v[i] = math.Inf(-1)
				}
			}
			if of == dtype.Float64 {
				return floatsAs[float64](v, x.Shape...), nil
			}
			return f32(v, x.Shape...), nil
		}, func(x *tensor.Tensor) (*tensor.Tensor, error) {
			v := slices.Clone(numbers(x))
			for i := range v {
				v[i] *= 2
			}
			if of == dtype.Float64 {
				return floatsAs[float64](v, x.Shape...), nil
			}
			return f32(v, x.Shape...), nil
		})
		if err := f.Run(c); err != nil {
			t.Fatal(err)
		}
		half := numbers(c.Out[0])
		for i := range half {
			half[i] /= 2
		}
		wantNumbers(t, "FlexAttention", f32(half, c.Out[0].Shape...), want, 1e-5)
	}
}

func TestFlexAttentionRefusesWhatModifiersMake(t *testing.T) {
	x := f32([]float64{1}, 1, 1, 1, 1)
	node := call{domain: "ai.onnx.preview", op: "FlexAttention", opset: 1, in: []*tensor.Tensor{x, x, x}, outs: 1}
	broken := errors.New("broken")
	for _, made := range []*tensor.Tensor{f32([]float64{1}, 1), floatsAs[float64]([]float64{1}, 1, 1, 1, 1), nil} {
		f, c := flexed(t, node, dtype.Float32, nil, func(*tensor.Tensor) (*tensor.Tensor, error) {
			if made == nil {
				return nil, broken
			}
			return made, nil
		})
		if err := f.Run(c); err == nil || made == nil && !errors.Is(err, broken) {
			t.Errorf("FlexAttention with a modifier that makes %v = %v; want an error", made, err)
		}
	}
}
