package streams

import (
	"slices"
	"testing"
)

// A bitmap reaches no further than the service takes it.
func TestBitmapReach(t *testing.T) {
	const n = 98304
	have := newBlocks(n)
	for i := 1; i < n-1; i++ {
		have.add(i)
	}
	if list := next(have, n, 512, false); !slices.Equal(list, []int{0}) {
		t.Errorf("next = %v; want the first, as the other is out of reach", list)
	}
	have.add(0)
	if list := next(have, n, 512, false); !slices.Equal(list, []int{n - 1}) {
		t.Errorf("next = %v; want the last", list)
	}
	have = newBlocks(n)
	for i := 1; i < n; i++ {
		if i != 8*maxBitmap-1 {
			have.add(i)
		}
	}
	list := next(have, n, 512, false)
	var r getRequest
	r.request(list)
	if len(list) != 2 || len(r.Bitmap) != 2+2*maxBitmap {
		t.Errorf("next = %v, with a bitmap of %d characters; want the longest there is", list, len(r.Bitmap))
	}
}

func TestErrorsExplain(t *testing.T) {
	for want, err := range map[string]error{
		`streams: file 1 of stream "s" has 5 bytes; want 4`:           &SizeError{"s", 1, 5, 4, 10},
		`streams: file 1 of stream "s" has 11 bytes; the limit is 10`: &SizeError{"s", 1, 11, 0, 10},
		`streams: file 1 of stream "s" has SHA-256 01; want 02`:       &ChecksumError{"s", 1, []byte{1}, []byte{2}},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
