package ops

import (
	"unsafe"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/kernels/i8"
	"github.com/brinkml/brink/inference/internal/tensor"
)

// byteConvPart is a part of a run, with its scratch memory.
type byteConvPart struct {
	*byteConv
	c                  *Ctx
	image, out, turned []byte
	params             byteParams
	invert             uint32
	zero               byte // what lies around the image

	// What is made of the inputs when it is not constant.
	data, order []byte
	sums        []int32
	panels      i8.Panels
}

func (r *byteConvPart) in(i int) *tensor.Tensor { return inputOf(r.c, i) }

// group returns the panels of a group.
func (r *byteConvPart) group(g int) *i8.Panels {
	if r.weights != nil {
		return &r.weights.panels[g]
	}
	m := r.matrix(r.c.In[r.byteConv.in.w], r.in(r.byteConv.in.wZero), r.order, g)
	parts := m.Parts(r.level)
	r.panels = i8.Pack(r.level, &m, parts, r.data[:i8.PanelBytes(r.level, m.NTaps, m.K, m.N, parts)], r.sums[:i8.Columns(r.level, m.N)])
	r.fill(&r.params, r.in, r.c.In[r.byteConv.in.x].DType, r.c.Out[0].DType, r.sums, g)
	return &r.panels
}

func (k *byteConv) Run(c *Ctx) error { return k.RunPart(c, 0, 1) }

func (k *byteConv) RunPart(c *Ctx, part, parts int) error {
	scratch := c.Part(part, parts)
	take := func(n int) []byte {
		s := scratch[:n]
		scratch = scratch[n:]
		return s
	}
	r := byteConvPart{byteConv: k, c: c}
	r.image, r.out, r.turned = take(k.room.image), take(k.room.out), take(k.room.turned)
	x := c.In[k.in.x]
	r.invert = invertOf(x.DType)
	if t := inputOf(c, k.in.xZero); t != nil {
		r.zero = t.Data[0]
	}
	if k.params != nil {
		r.params = *k.params
	} else {
		r.params.bias, r.params.scale = tensor.Cast[int32](take(k.room.columns)), tensor.Cast[float32](take(k.room.columns))
		r.data, r.order, r.sums = take(k.room.weights), take(k.room.order), tensor.Cast[int32](take(k.room.sums))
		if k.weights == nil {
			k.orderWeights(r.order, c.In[k.in.w].Data)
		} else {
			for g := range k.groups {
				k.fill(&r.params, r.in, x.DType, c.Out[0].DType, k.weights.sums(g), g)
			}
		}
	}
	p := pace{c: c}
	from, to := share(k.images*k.output[0]*k.bands, part, parts)
	for i := from; i < to; i++ {
		band, at := i%k.bands, i/k.bands
		if err := r.compute(at/k.output[0], at%k.output[0], band*k.band, &p); err != nil {
			return err
		}
	}
	return nil
}

// invertOf returns what turns bytes of type d into uint8, four at a time.
func invertOf(d dtype.DType) uint32 {
	if d == dtype.Int8 {
		return 0x80808080
	}
	return 0
}

// compute computes a band: rows of a plane of an image's output, from the given one on.
func (r *byteConvPart) compute(image, plane, row int, p *pace) error {
	rows := min(r.band, r.output[1]-row)
	x := r.layOut(image, plane, row, rows)
	y, pitch := unsafe.Pointer(unsafe.SliceData(r.out)), r.results()*r.size
	at := (image*r.output[0]+plane)*r.output[1] + row // in rows
	if r.yLast {
		y = unsafe.Pointer(&r.c.Out[0].Data[at*r.output[2]*pitch])
	}
	line := r.seen[1] * r.channels()
	if r.direct {
		line = r.input[2] * r.channels()
	}
	var err error
	if r.depthwise {
		err = r.filter(x, y, line, rows, p)
	} else {
		err = r.multiply(x, y, line, rows, p)
	}
	if err != nil || r.yLast {
		return err
	}
	spots, count := r.positions(), r.results()
	first := image*count*spots + (plane*r.output[1]+row)*r.output[2]
	n := rows * r.output[2]
	if r.size == 1 {
		i8.Transpose(r.level, r.c.Out[0].Data[first:], spots, r.out, count, n, count)
		return nil
	}
	from, to := tensor.Cast[int32](r.out), tensor.View[int32](r.c.Out[0])[first:]
	for f := range count {
		dst := to[f*spots:][:n]
		for i := range dst {
			dst[i] = from[i*count+f]
		}
	}
	return nil
}

// multiply computes a band by tiles.
func (r *byteConvPart) multiply(x, y unsafe.Pointer, line, rows int, p *pace) error {
	lines, length := rows, r.output[2]
	if r.flat {
		lines, length = 1, rows*length
	}
	pixel, result := r.stride[2]*r.channels(), r.results()*r.size
	run := min(r.run, length)
	segments := blockCount(length, run)
	t := i8.Tile{
		LDA: pixel, LDC: result, Rows: 2 * run, Kind: i8.Bytes, Invert: r.invert,
		Taps: unsafe.SliceData(r.taps),
	}
	if r.size > 1 {
		t.Kind = i8.Sums
	}
	if lines*length == 1 {
		t.Rows = 1
	}
	columns := r.columns() / r.groups
	line *= r.stride[1]
	for g := range r.groups {
		panels := r.group(g)
		t.K, t.NTaps = panels.K, panels.NTaps
		t.Lo, t.Hi, t.Zero = r.params.lo, r.params.hi, r.params.zero
		for i := range panels.Count() {
			j := i * panels.Width
			t.B, t.Width, t.Cols = panels.Panel(i), panels.PanelWidth(i), min(panels.Width, r.filters-j)
			t.Bias, t.Scale = unsafe.Pointer(&r.params.bias[g*columns+j]), unsafe.Pointer(&r.params.scale[g*columns+j])
			if err := p.spend(lines * length * t.Cols * (4*t.K*t.NTaps + 8)); err != nil {
				return err
			}
			a, c := unsafe.Add(x, g*r.own), unsafe.Add(y, (g*r.filters+j)*r.size)
			seg, at, dx, dy := 0, 0, 0, 0
			for range lines * segments {
				to := min(seg*run, length-run)
				ia, ic := dx+to*pixel, dy+to*result
				if at&1 == 0 {
					t.A, t.C = unsafe.Add(a, ia), unsafe.Add(c, ic)
				} else {
					t.A2, t.C2 = unsafe.Add(a, ia), unsafe.Add(c, ic)
					t.Run(r.level)
				}
				at++
				if seg++; seg == segments {
					seg = 0
					dx += line
					dy += length * result
				}
			}
			if at&1 == 1 {
				t.A2, t.C2 = t.A, t.C
				t.Run(r.level)
			}
		}
	}
	return nil
}

// filter computes a band of a depthwise convolution.
func (r *byteConvPart) filter(x, y unsafe.Pointer, line, rows int, p *pace) error {
	f := r.weights.filter
	d := i8.Depthwise{
		Taps: unsafe.SliceData(r.taps), Groups: f.Groups, Step: r.stride[2] * r.groups, LDY: r.groups,
		Lo: r.params.lo, Hi: r.params.hi, Zero: r.params.zero, Invert: r.invert, Signed: invertOf(r.c.Out[0].DType),
	}
	for row := range rows {
		if err := p.spend(r.output[2] * r.groups * f.NTaps); err != nil {
			return err
		}
		for c := 0; c < r.groups; c += i8.Block {
			const most = 512 // pixels in one call
			d.W = unsafe.Pointer(&f.Data[c/i8.Block*f.BlockBytes()])
			d.Bias, d.Scale = unsafe.Pointer(&r.params.bias[c]), unsafe.Pointer(&r.params.scale[c])
			d.Channels = min(i8.Block, r.groups-c)
			for i := 0; i < r.output[2]; i += most {
				d.N = min(most, r.output[2]-i)
				d.X = unsafe.Add(x, row*r.stride[1]*line+i*d.Step+c)
				d.Y = unsafe.Add(y, (row*r.output[2]+i)*r.groups+c)
				d.Run(r.level, f)
			}
		}
	}
	return nil
}

// layOut lays out what a band sees of its image, and returns where that begins.
func (r *byteConvPart) layOut(image, plane, row, rows int) unsafe.Pointer {
	channels := r.channels()
	data := r.c.In[r.byteConv.in.x].Data
	top, left := row*r.stride[1]-r.pad[1], -r.pad[2]
	z0 := plane*r.stride[0] - r.pad[0]
	if r.direct {
		return unsafe.Pointer(&data[(((image*r.input[0]+z0)*r.input[1]+top)*r.input[2])*channels])
	}
	high, wide := r.reach(1, rows), r.seen[1]
	line := wide * channels
	x0, x1 := max(left, 0), min(left+wide, r.input[2]) // what is inside
	x1 = max(x1, x0)
	y0, y1 := max(top, 0), min(top+high, r.input[1])
	for kz := range r.kernel[0] {
		dst := r.image[kz*r.seen[0]*line:][:high*line]
		z := z0 + kz*r.dilation[0]
		if z < 0 || z >= r.input[0] || y0 >= y1 || x0 == x1 {
			fillBytes(dst, r.zero)
			continue
		}
		fillBytes(dst[:(y0-top)*line], r.zero)
		fillBytes(dst[(y1-top)*line:], r.zero)
		r.turn(image, z, y0, y1)
		for y := y0; y < y1; y++ {
			to := dst[(y-top)*line:][:line]
			fillBytes(to[:(x0-left)*channels], r.zero)
			r.row(to[(x0-left)*channels:(x1-left)*channels], image, z, y, x0, y-y0)
			fillBytes(to[(x1-left)*channels:], r.zero)
		}
	}
	return unsafe.Pointer(unsafe.SliceData(r.image))
}

// turn transposes rows y0 to y1 of a plane of an image together, if rows are short.
func (r *byteConvPart) turn(image, z, y0, y1 int) {
	if r.short {
		channels, plane := r.channels(), r.plane()
		from := r.c.In[r.byteConv.in.x].Data[image*channels*plane+(z*r.input[1]+y0)*r.input[2]:]
		i8.Transpose(r.level, r.turned, channels, from, plane, channels, (y1-y0)*r.input[2])
	}
}

// row lays out the pixels of a row from x0 on.
func (r *byteConvPart) row(dst []byte, image, z, y, x0, turned int) {
	channels, plane := r.channels(), r.plane()
	data := r.c.In[r.byteConv.in.x].Data
	switch {
	case r.xLast:
		copy(dst, data[(((image*r.input[0]+z)*r.input[1]+y)*r.input[2]+x0)*channels:])
	case r.short:
		copy(dst, r.turned[(turned*r.input[2]+x0)*channels:])
	default:
		from := data[image*channels*plane+(z*r.input[1]+y)*r.input[2]+x0:]
		i8.Transpose(r.level, dst, channels, from, plane, channels, len(dst)/channels)
	}
}

// fillBytes sets all bytes to v.
func fillBytes(dst []byte, v byte) {
	if len(dst) == 0 {
		return
	}
	dst[0] = v
	for n := 1; n < len(dst); n *= 2 {
		copy(dst[n:], dst[:n])
	}
}
