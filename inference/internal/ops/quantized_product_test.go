package ops

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/brinkml/brink/inference/internal/cpu"
	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// randomBytes returns a tensor of any bytes as elements of type d.
func randomBytes(r *rand.Rand, d dtype.DType, dims ...int) *tensor.Tensor {
	t := tensor.New(d, dims)
	for i := range t.Data {
		t.Data[i] = byte(r.Uint32())
	}
	return t
}

func randomScales(r *rand.Rand, dims ...int) *tensor.Tensor {
	t := tensor.New(dtype.Float32, dims)
	for i := range tensor.View[float32](t) {
		tensor.View[float32](t)[i] = 0.001 + r.Float32()/50
	}
	return t
}

// at returns an element of a parameter that is one for all, or one for each.
func at(t *tensor.Tensor, i int) float64 {
	if t == nil {
		return 0
	}
	v := codesOf(t)
	return v[min(i, len(v)-1)]
}

// requantized returns what a sum becomes as an element of type d.
func requantized(sum float64, by float32, zero float64, d dtype.DType) float64 {
	least, most := codeRange(d)
	return min(max(math.RoundToEven(float64(float32(sum)*by))+zero, least), most)
}

// convCase is a convolution of bytes over two dimensions, and what its kernel may be split by.
type convCase struct {
	images, channels, h, w, filters, group int
	kernel, stride, dilation               [2]int
	pads                                   [4]int // top, left, bottom, right
}

// sums returns the exact sums of a convolution of x, less xZero, with w, less wZero.
func (k *convCase) sums(x, w, xZero, wZero *tensor.Tensor) (sums []float64, oh, ow int) {
	oh = (k.h+k.pads[0]+k.pads[2]-(k.kernel[0]-1)*k.dilation[0]-1)/k.stride[0] + 1
	ow = (k.w+k.pads[1]+k.pads[3]-(k.kernel[1]-1)*k.dilation[1]-1)/k.stride[1] + 1
	xs, ws := codesOf(x), codesOf(w)
	own, each := k.channels/k.group, k.filters/k.group
	for n := range k.images {
		for f := range k.filters {
			for o := range oh * ow {
				sum := 0.0
				for c := range own {
					for t := range k.kernel[0] * k.kernel[1] {
						i := o/ow*k.stride[0] - k.pads[0] + t/k.kernel[1]*k.dilation[0]
						j := o%ow*k.stride[1] - k.pads[1] + t%k.kernel[1]*k.dilation[1]
						if i < 0 || i >= k.h || j < 0 || j >= k.w {
							continue
						}
						v := xs[((n*k.channels+f/each*own+c)*k.h+i)*k.w+j] - at(xZero, 0)
						sum += v * (ws[(f*own+c)*k.kernel[0]*k.kernel[1]+t] - at(wZero, f))
					}
				}
				sums = append(sums, sum)
			}
		}
	}
	return sums, oh, ow
}

func (k *convCase) attrs() attrs {
	list := func(v ...int) (out []int64) {
		for _, x := range v {
			out = append(out, int64(x))
		}
		return out
	}
	return attrs{
		"group": int64(k.group), "strides": list(k.stride[:]...), "dilations": list(k.dilation[:]...), "pads": list(k.pads[:]...),
	}
}

// fixed runs a node on every level whose inputs but the first are constants, and wants the given results.
func (c call) fixed(t *testing.T, want []float64) {
	t.Helper()
	for _, l := range cpu.Levels() {
		n, err := c.node(t)
		if err != nil {
			t.Fatal(err)
		}
		n.CPU = l
		for i := range c.in[1:] {
			n.In[1+i].Value, n.In[1+i].Constant = c.in[1+i], c.in[1+i] != nil
		}
		if err := n.Version.Infer(n); err != nil {
			t.Fatal(err)
		}
		k, err := n.Version.New(n)
		if err != nil {
			t.Fatal(err)
		}
		const parts = 2
		y := tensor.New(n.Out[0].DType, n.Out[0].Dims())
		ctx := &Ctx{In: c.in, Out: []*tensor.Tensor{y}, Run: &Run{Context: t.Context()}}
		if s, ok := k.(Scratcher); ok {
			ctx.Scratch = tensor.Alloc((s.Scratch() + 63) &^ 63 * parts)
			poison(ctx.Scratch)
		}
		for part := range parts {
			if err := k.(Splitter).RunPart(ctx, part, parts); err != nil {
				t.Fatal(err)
			}
		}
		if got := codesOf(y); !slices.Equal(got, want) {
			t.Fatalf("%s%v on %v with constants: (-want +got)\n%s", c.op, c.attrs, l, cmp.Diff(want, got))
		}
		if got := testing.AllocsPerRun(2, func() { err = k.Run(ctx) }); got != 0 || err != nil {
			t.Errorf("%s: %v allocations a run, and %v; want 0", c.op, got, err)
		}
	}
}

// lastChannels returns an image with its channels as the last dimension.
func lastChannels(x *tensor.Tensor) *tensor.Tensor {
	c, plane := x.Shape[1], tensor.Elems(x.Shape[2:])
	y := tensor.New(x.DType, append(append([]int{x.Shape[0]}, x.Shape[2:]...), c))
	for i := range y.Data {
		y.Data[i] = x.Data[i/(c*plane)*c*plane+i%c*plane+i/c%plane]
	}
	return y
}

func lastChannelsOf(y *tensor.Tensor) []float64 {
	from := tensor.View[float64](y)
	c, plane := y.Shape[1], tensor.Elems(y.Shape[2:])
	out := make([]float64, len(from))
	for i := range out {
		out[i] = from[i/(c*plane)*c*plane+i%c*plane+i/c%plane]
	}
	return out
}

func TestByteConvolutions(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	types := []dtype.DType{dtype.Uint8, dtype.Int8}
	for i := range 60 {
		k := convCase{
			images: 1 + r.IntN(2), h: 5 + r.IntN(12), w: 5 + r.IntN(90), group: 1 + r.IntN(3),
			kernel: [2]int{1 + r.IntN(3), 1 + r.IntN(3)}, stride: [2]int{1 + r.IntN(2), 1 + r.IntN(3)}, dilation: [2]int{1 + r.IntN(2), 1 + r.IntN(2)},
			pads: [4]int{r.IntN(3), r.IntN(3), r.IntN(3), r.IntN(3)},
		}
		if i%5 == 0 { // a product of matrices
			k.kernel, k.stride, k.pads = [2]int{1, 1}, [2]int{1, 1}, [4]int{}
		}
		k.channels, k.filters = k.group*(1+r.IntN(3)), k.group*(1+r.IntN(6))
		switch i % 6 {
		case 1: // each channel by itself
			k.group = 1 + r.IntN(80)
			k.channels, k.filters = k.group, k.group
		case 2:
			k.w = 5 + r.IntN(20)
			k.channels, k.filters = k.group*(1+r.IntN(40)), k.group*(1+r.IntN(70))
		}
		xType, wType, yType := types[r.IntN(2)], types[r.IntN(2)], types[r.IntN(2)]
		x := randomBytes(r, xType, k.images, k.channels, k.h, k.w)
		w := randomBytes(r, wType, k.filters, k.channels/k.group, k.kernel[0], k.kernel[1])
		xZero, wZero, yZero := randomBytes(r, xType), randomBytes(r, wType), randomBytes(r, yType)
		xScale, wScale, yScale := randomScales(r), randomScales(r), randomScales(r, 1)
		if r.IntN(2) == 0 {
			wZero, wScale = randomBytes(r, wType, k.filters), randomScales(r, k.filters)
		}
		sums, oh, ow := k.sums(x, w, xZero, wZero)
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			integer := call{op: "ConvInteger", opset: 10, attrs: k.attrs(), in: []*tensor.Tensor{x, w, xZero, wZero}, outs: 1}
			got := integer.run(t)[0]
			if diff := cmp.Diff([]int{k.images, k.filters, oh, ow}, got.Shape); diff != "" {
				t.Fatalf("%+v: shape (-want +got)\n%s", k, diff)
			}
			if diff := cmp.Diff(sums, codesOf(got)); diff != "" {
				t.Fatalf("%+v: (-want +got)\n%s", k, diff)
			}
			in := []*tensor.Tensor{x, xScale, xZero, w, wScale, wZero, yScale, yZero}
			var bias *tensor.Tensor
			if i%2 == 0 {
				bias = tensor.New(dtype.Int32, []int{k.filters})
				for f := range tensor.View[int32](bias) {
					tensor.View[int32](bias)[f] = int32(r.IntN(20001)) - 10000
				}
				in = append(in, bias)
			}
			quantized := call{op: "QLinearConv", opset: 10, attrs: k.attrs(), in: in, outs: 1}
			want := make([]float64, len(sums))
			for o, s := range sums {
				f := o / (oh * ow) % k.filters
				if bias != nil {
					s += at(bias, f)
				}
				by := float32(at(xScale, 0)) * float32(at(wScale, f)) / float32(at(yScale, 0))
				want[o] = requantized(s, by, at(yZero, 0), yType)
			}
			if diff := cmp.Diff(want, codesOf(quantized.run(t)[0])); diff != "" {
				t.Fatalf("%+v: (-want +got)\n%s", k, diff)
			}
			wantNoAllocs(t, quantized)
			integer.fixed(t, sums)
			quantized.fixed(t, want)
			if op, _ := Lookup(internal, "QLinearConv", 1); op == nil { // as on 32-bit arm
				return
			}
			y := asType(dtype.Float64, want, k.images, k.filters, oh, ow)
			if quantized.in[0] = lastChannels(x); k.images*k.filters*oh*ow > 0 {
				quantized.op, quantized.domain, quantized.opset = "QLinearConv", internal, 1
				quantized.attrs["x_last"], quantized.attrs["y_last"] = int64(1), int64(1)
				quantized.fixed(t, lastChannelsOf(y))
			}
		})
	}
}

func TestConvIntegerRanks(t *testing.T) {
	x, w := asType(dtype.Uint8, []float64{1, 2, 3, 4}, 1, 1, 4), asType(dtype.Int8, []float64{1, -1}, 1, 1, 2)
	got := call{op: "ConvInteger", opset: 10, in: []*tensor.Tensor{x, w}, attrs: attrs{"auto_pad": "SAME_UPPER"}, outs: 1}.run(t)[0]
	if diff := cmp.Diff([]float64{-1, -1, -1, 4}, codesOf(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	x, w = asType(dtype.Uint8, []float64{1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 2, 2), asType(dtype.Int8, []float64{1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 2, 2)
	got = call{op: "ConvInteger", opset: 10, in: []*tensor.Tensor{x, w, asType(dtype.Uint8, []float64{1})}, outs: 1}.run(t)[0]
	if diff := cmp.Diff([]float64{168}, codesOf(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func TestByteMatMuls(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	types := []dtype.DType{dtype.Uint8, dtype.Int8}
	for i, dims := range [][2][]int{
		{{3, 4}, {4, 5}},
		{{1, 1}, {1, 1}},
		{{4}, {4}},
		{{4}, {4, 5}},
		{{3, 4}, {4}},
		{{70, 300}, {300, 20}},
		{{2, 300}, {300, 600}},
		{{2, 3, 4}, {4, 5}},
		{{2, 1, 3, 4}, {5, 4, 6}},
		{{3, 4}, {2, 4, 6}},
		{{2, 3, 40}, {2, 40, 30}},
		{{0, 4}, {4, 5}},
		{{3, 0}, {0, 5}},
	} {
		for _, perLine := range []bool{false, true} {
			aDims, bDims := dims[0], dims[1]
			aType, bType, yType := types[r.IntN(2)], types[r.IntN(2)], types[r.IntN(2)]
			a, b := randomBytes(r, aType, aDims...), randomBytes(r, bType, bDims...)
			aLines, bLines := []int{}, []int{1}
			if perLine && len(aDims) > 1 && len(bDims) > 1 {
				aLines, bLines = append([]int(nil), aDims...), append([]int(nil), bDims...)
				aLines[len(aLines)-1], bLines[len(bLines)-2] = 1, 1
				if i%2 == 0 && len(aDims) == 2 {
					aLines = aLines[:1]
				}
				if i%2 == 0 && len(bDims) == 2 {
					bLines = bLines[1:]
				}
			}
			aZero, bZero, yZero := randomBytes(r, aType, aLines...), randomBytes(r, bType, bLines...), randomBytes(r, yType, 1)
			aScale, bScale, yScale := randomScales(r, aLines...), randomScales(r, bLines...), randomScales(r)
			integer := call{op: "MatMulInteger", opset: 10, in: []*tensor.Tensor{a, b, aZero, bZero}, outs: 1}
			got := integer.run(t)[0]
			quantized := call{op: "QLinearMatMul", opset: 10, in: []*tensor.Tensor{a, aScale, aZero, b, bScale, bZero, yScale, yZero}, outs: 1}
			codes := codesOf(quantized.run(t)[0])
			wantSums, wantCodes := wantProduct(got.Shape, a, aScale, aZero, b, bScale, bZero, float32(at(yScale, 0)), at(yZero, 0), yType)
			if diff := cmp.Diff(wantSums, codesOf(got)); diff != "" {
				t.Fatalf("MatMulInteger %v %v, per line %v: (-want +got)\n%s", aDims, bDims, perLine, diff)
			}
			if diff := cmp.Diff(wantCodes, codes); diff != "" {
				t.Fatalf("QLinearMatMul %v %v, per line %v: (-want +got)\n%s", aDims, bDims, perLine, diff)
			}
			wantNoAllocs(t, quantized)
			if len(wantSums) > 0 {
				integer.fixed(t, wantSums)
				quantized.fixed(t, wantCodes)
			}
		}
	}
}

// wantProduct computes products of matrices element by element.
func wantProduct(out []int, a, aScale, aZero, b, bScale, bZero *tensor.Tensor, yScale float32, yZero float64, yType dtype.DType) (sums, codes []float64) {
	aDims, bDims, full := a.Shape, b.Shape, append([]int(nil), out...)
	if len(aDims) == 1 {
		aDims = []int{1, aDims[0]}
		full = append(append([]int(nil), full[:max(len(full)-1, 0)]...), append([]int{1}, full[max(len(full)-1, 0):]...)...)
	}
	if len(bDims) == 1 {
		bDims = []int{bDims[0], 1}
		full = append(full, 1)
	}
	as, bs := codesOf(a), codesOf(b)
	m, n, depth := aDims[len(aDims)-2], bDims[len(bDims)-1], aDims[len(aDims)-1]
	// stack returns which matrix of a stack of these dimensions belongs to a matrix of the result.
	stack := func(i int, dims []int) int {
		at, step := 0, 1
		for d := 1; d <= len(full)-2; d++ {
			length := full[len(full)-2-d]
			if d <= len(dims)-2 {
				if own := dims[len(dims)-2-d]; own > 1 {
					at += i % length * step
					step *= own
				}
			}
			i /= length
		}
		return at
	}
	count := 1
	for _, d := range full {
		count *= d
	}
	for o := range count {
		i, row, col := o/n/m, o/n%m, o%n
		atA, atB := stack(i, aDims), stack(i, bDims)
		line := func(t *tensor.Tensor, matrix, lines, line int) float64 {
			if t.Len() == 1 {
				return codesOf(t)[0]
			}
			if t.Len() == lines {
				return codesOf(t)[line]
			}
			return codesOf(t)[matrix*lines+line]
		}
		sum := 0.0
		for k := range depth {
			sum += (as[(atA*m+row)*depth+k] - line(aZero, atA, m, row)) * (bs[(atB*depth+k)*n+col] - line(bZero, atB, n, col))
		}
		by := float32(line(aScale, atA, m, row)) * float32(line(bScale, atB, n, col)) / yScale
		sums = append(sums, sum)
		codes = append(codes, requantized(sum, by, yZero, yType))
	}
	if sums == nil {
		return []float64{}, []float64{}
	}
	return sums, codes
}

func TestQLinearMatMulFloat8(t *testing.T) {
	f8 := func(d dtype.DType, v ...float64) *tensor.Tensor { return asType(d, v, len(v)) }
	a, b := asType(dtype.F8E4M3FN, []float64{1.5, -2, 0.5, 4}, 2, 2), asType(dtype.F8E5M2, []float64{2, 1, 0.5, 448}, 2, 2)
	one := asType(dtype.F16, []float64{0.5}, 1)
	got := call{op: "QLinearMatMul", opset: 21, in: []*tensor.Tensor{
		a, one, f8(dtype.F8E4M3FN, 0), b, one, f8(dtype.F8E5M2, 0), one, f8(dtype.F8E4M3FN, 0),
	}, outs: 1}.run(t)[0]
	if diff := cmp.Diff([]float64{1, -448, 1.5, 448}, codesOf(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestSumsWrap holds sums that an int32 has no room for against what they are modulo 2^32.
func TestSumsWrap(t *testing.T) {
	const depth = 40000
	a, b := tensor.New(dtype.Uint8, []int{1, depth}), tensor.New(dtype.Uint8, []int{depth, 1})
	for i := range depth {
		a.Data[i], b.Data[i] = 255, 255
	}
	got := call{op: "MatMulInteger", opset: 10, in: []*tensor.Tensor{a, b}, outs: 1}.run(t)[0]
	sum := int64(depth) * 255 * 255
	if want := int32(sum); tensor.View[int32](got)[0] != want {
		t.Errorf("sum = %d; want %d", tensor.View[int32](got)[0], want)
	}
}

func TestQuantizedProductsRefuse(t *testing.T) {
	u8 := func(dims ...int) *tensor.Tensor { return tensor.New(dtype.Uint8, dims) }
	for name, c := range map[string]call{
		"matrices that do not fit":           {op: "MatMulInteger", in: []*tensor.Tensor{u8(2, 3), u8(2, 3)}},
		"a zero point for each column of a":  {op: "MatMulInteger", in: []*tensor.Tensor{u8(2, 3), u8(3, 4), u8(3)}},
		"a zero point for each row of b":     {op: "MatMulInteger", in: []*tensor.Tensor{u8(2, 3), u8(3, 4), u8(), u8(3, 1)}},
		"zero points of another stack":       {op: "MatMulInteger", in: []*tensor.Tensor{u8(2, 2, 3), u8(3, 4), u8(3, 2, 1)}},
		"several zero points of x":           {op: "ConvInteger", in: []*tensor.Tensor{u8(1, 2, 3, 3), u8(2, 2, 3, 3), u8(2)}},
		"zero points for too few filters":    {op: "ConvInteger", in: []*tensor.Tensor{u8(1, 2, 3, 3), u8(3, 2, 3, 3), u8(), u8(2)}},
		"channels that do not make groups":   {op: "ConvInteger", attrs: attrs{"group": int64(2)}, in: []*tensor.Tensor{u8(1, 3, 3, 3), u8(2, 1, 3, 3)}},
		"a kernel larger than the image":     {op: "ConvInteger", in: []*tensor.Tensor{u8(1, 2, 3, 3), u8(2, 2, 4, 3)}},
		"filters of another rank":            {op: "ConvInteger", in: []*tensor.Tensor{u8(1, 2, 3, 3), u8(2, 2, 3)}},
		"an attribute that is not a padding": {op: "ConvInteger", attrs: attrs{"auto_pad": "SOME"}, in: []*tensor.Tensor{u8(1, 1, 3, 3), u8(1, 1, 1, 1)}},
	} {
		c.opset, c.outs = 10, 1
		if _, err := c.try(t); err == nil {
			t.Errorf("%s: not refused", name)
		}
	}
}

func BenchmarkByteProducts(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	u8, i8 := dtype.Uint8, dtype.Int8
	one, none := randomScales(r), randomBytes(r, u8)
	for _, tt := range []struct {
		name string
		c    call
		macs int
	}{
		{"conv 64 3x3 56", call{op: "QLinearConv", attrs: attrs{"pads": []int64{1, 1, 1, 1}}, in: []*tensor.Tensor{
			randomBytes(r, u8, 1, 64, 56, 56), one, none, randomBytes(r, i8, 64, 64, 3, 3), one, randomBytes(r, i8), one, none,
		}}, 64 * 64 * 9 * 56 * 56},
		{"conv 512 1x1 7", call{op: "QLinearConv", in: []*tensor.Tensor{
			randomBytes(r, u8, 1, 512, 7, 7), one, none, randomBytes(r, i8, 512, 512, 1, 1), one, randomBytes(r, i8), one, none,
		}}, 512 * 512 * 49},
		{"depthwise 64 3x3 56", call{op: "QLinearConv", attrs: attrs{"pads": []int64{1, 1, 1, 1}, "group": int64(64)}, in: []*tensor.Tensor{
			randomBytes(r, u8, 1, 64, 56, 56), one, none, randomBytes(r, i8, 64, 1, 3, 3), one, randomBytes(r, i8), one, none,
		}}, 64 * 9 * 56 * 56},
		{"matrix 512", call{op: "MatMulInteger", in: []*tensor.Tensor{randomBytes(r, u8, 512, 512), randomBytes(r, i8, 512, 512)}}, 512 * 512 * 512},
		{"row 2048", call{op: "MatMulInteger", in: []*tensor.Tensor{randomBytes(r, u8, 1, 2048), randomBytes(r, i8, 2048, 2048)}}, 2048 * 2048},
	} {
		b.Run(tt.name, func(b *testing.B) {
			tt.c.opset, tt.c.outs = 10, 1
			k, ctx, err := tt.c.kernel(b, 1)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := k.Run(ctx); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(tt.macs)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "MAC/ns")
		})
	}
}

// TestLongRunsEnd holds that kernels which may run for long end when their context has.
func TestLongRunsEnd(t *testing.T) {
	u8 := func(dims ...int) *tensor.Tensor { return tensor.New(dtype.Uint8, dims) }
	one, zero := f32([]float64{1}), u8()
	big := tensor.New(dtype.Float32, []int{300, 300, 300})
	for _, c := range []call{
		{op: "MatMulInteger", opset: 10, in: []*tensor.Tensor{u8(1000, 1000), u8(1000, 1000)}},
		{op: "QLinearConv", opset: 10, in: []*tensor.Tensor{u8(1, 64, 64, 64), one, zero, u8(64, 64, 3, 3), one, zero, one, zero}},
		{op: "Einsum", opset: 12, attrs: attrs{"equation": "abc,adc->abd"}, in: []*tensor.Tensor{big, big}},
		{op: "Einsum", opset: 12, attrs: attrs{"equation": "abc->"}, in: []*tensor.Tensor{big}},
		{op: "QuantizeLinear", opset: 10, in: []*tensor.Tensor{big, one}},
		{op: "Det", opset: 11, in: []*tensor.Tensor{tensor.New(dtype.Float32, []int{2, 2000, 2000})}},
		{domain: microsoft, op: "CDist", opset: 1, in: []*tensor.Tensor{tensor.New(dtype.Float32, []int{1000, 100}), tensor.New(dtype.Float32, []int{1000, 100})}},
	} {
		c.outs = 1
		k, ctx, err := c.kernel(t, 1)
		if err != nil {
			t.Fatal(err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		ctx.Run = &Run{Context: ended}
		if err := k.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v; want %v", c.op, err, context.Canceled)
		}
	}
}
