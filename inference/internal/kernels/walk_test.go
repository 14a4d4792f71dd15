package kernels

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
)

// offsets returns where a walk goes in each of n operands, in order.
func offsets(w *Walk, n int) [][]int {
	out := make([][]int, n)
	if w.Run == 0 {
		return out
	}
	for c := w.Start(nil); ; {
		for i := range w.Run {
			for j := range out {
				out[j] = append(out[j], c.Off[j]+i*w.Step[j])
			}
		}
		if !c.Next() {
			return out
		}
	}
}

// TestWalk compares walks over random shapes and strides with nested loops written out.
func TestWalk(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		dims := make([]int, rng.IntN(5))
		strides := [][]int{make([]int, len(dims)), make([]int, len(dims))}
		for i := range dims {
			dims[i] = rng.IntN(4)
			strides[0][i], strides[1][i] = rng.IntN(5), rng.IntN(5)-2
		}
		if rng.IntN(2) == 0 {
			strides[0] = Contiguous(dims)
		}
		want := make([][]int, 2)
		var nest func(d, a, b int)
		nest = func(d, a, b int) {
			if d == len(dims) {
				want[0], want[1] = append(want[0], a), append(want[1], b)
				return
			}
			for i := range dims[d] {
				nest(d+1, a+i*strides[0][d], b+i*strides[1][d])
			}
		}
		nest(0, 0, 0)
		got := offsets(NewWalk(dims, strides...), 2)
		if !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[1]) {
			t.Fatalf("walk over %v with strides %v goes to %v; want %v", dims, strides, got, want)
		}
	}
}

// TestWalkMerges checks that loops which all operands can go through as one are one.
func TestWalkMerges(t *testing.T) {
	for _, c := range []struct {
		a, b []int // shapes that broadcast
		run  int
	}{
		{[]int{2, 3, 4}, []int{2, 3, 4}, 24},
		{[]int{2, 3, 4}, []int{1}, 24},
		{[]int{2, 3, 4}, []int{3, 4}, 12},
		{[]int{2, 3, 4}, []int{4}, 4},
		{[]int{2, 3, 4}, []int{2, 1, 1}, 12},
		{[]int{2, 3, 1}, []int{1, 3, 1}, 3},
	} {
		w := NewWalk(c.a, Contiguous(c.a), Contiguous(c.a), Broadcast(c.b, c.a))
		if w.Run != c.run {
			t.Errorf("%v and %v: runs of %d; want %d", c.a, c.b, w.Run, c.run)
		}
	}
}

// TestBinaryBroadcasts subtracts tensors of all small shapes that broadcast, where the order of operands matters.
func TestBinaryBroadcasts(t *testing.T) {
	shapes := [][]int{{2, 3}, {1, 3}, {2, 1}, {3}, {1}, {}}
	for _, a := range shapes {
		for _, b := range shapes {
			out := []int{2, 3}
			x, y := counting(size(a), 3), counting(size(b), 5)
			w := NewWalk(out, Contiguous(out), Broadcast(a, out), Broadcast(b, out))
			got := make([]int32, 6)
			Binary[int32, int32](Sub[int32]).Apply(w, got, x, y, nil)
			for i := range 2 {
				for j := range 3 {
					sa, sb := Broadcast(a, out), Broadcast(b, out)
					want := x[i*sa[0]+j*sa[1]] - y[i*sb[0]+j*sb[1]]
					if got[i*3+j] != want {
						t.Errorf("%v - %v at %d, %d = %d; want %d", a, b, i, j, got[i*3+j], want)
					}
				}
			}
		}
	}
}

func size(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func TestReducers(t *testing.T) {
	src := []float64{3, -4, 0, 2, 1, -1} // as [2, 3]
	for _, c := range []struct {
		name         string
		r            *Reducer[float64]
		rows, column []float64 // reduced along the last and the first dimension
	}{
		{"Sum", &Sum.F64, []float64{-1, 2}, []float64{5, -3, -1}},
		{"Mean", &Mean.F64, []float64{-1. / 3, 2. / 3}, []float64{2.5, -1.5, -0.5}},
		{"Product", &Product.F64, []float64{0, -2}, []float64{6, -4, 0}},
		{"Magnitude", &Magnitude.F64, []float64{7, 4}, []float64{5, 5, 1}},
		{"Squares", &Squares.F64, []float64{25, 6}, []float64{13, 17, 1}},
		{"Greatest", &Greatest.F64, []float64{3, 2}, []float64{3, 1, 0}},
		{"Least", &Least.F64, []float64{-4, -1}, []float64{2, -4, -1}},
	} {
		got := make([]float64, 2)
		c.r.Apply(NewWalk([]int{2, 3}, []int{1, 0}, []int{3, 1}), got, src, 3, nil)
		if !slices.Equal(got, c.rows) {
			t.Errorf("%s of rows = %v; want %v", c.name, got, c.rows)
		}
		got = make([]float64, 3)
		c.r.Apply(NewWalk([]int{2, 3}, []int{0, 1}, []int{3, 1}), got, src, 2, nil)
		if !slices.Equal(got, c.column) {
			t.Errorf("%s of columns = %v; want %v", c.name, got, c.column)
		}
	}
}

// stopping is a watcher that says stop at its n-th look.
type stopping struct{ n int }

func (s *stopping) Cancelled() error {
	if s.n--; s.n <= 0 {
		return errors.New("nobody wants it")
	}
	return nil
}

// TestWalkEndsEarly checks that walks look at their watcher, however long the innermost loop would be.
func TestWalkEndsEarly(t *testing.T) {
	for _, dims := range [][]int{{8 << 20}, {2, 4 << 20}, {8192, 1024}, {3 * 5 * 7 * 65536}, {1024, 8191}} {
		w := NewWalk(dims, Contiguous(dims))
		n, all := 0, size(dims)
		for c := w.Start(&stopping{3}); ; {
			n += w.Run
			if !c.Next() {
				break
			}
		}
		if n >= all || n < 3*watchWork || n > 3*(watchWork+longestRun) {
			t.Errorf("%v: %d of %d elements went by; want about %d", dims, n, all, 3*watchWork)
		}
		n = 0
		for c := w.Start(nil); ; {
			n += w.Run
			if !c.Next() {
				break
			}
		}
		if n != all {
			t.Errorf("%v: the walk has %d elements; want %d", dims, n, all)
		}
	}
}
