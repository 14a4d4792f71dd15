package jpeg2000

import (
	"bytes"
	"image"
	"reflect"
	"slices"
	"testing"
)

// cut returns a marker segment of a codestream, and the codestream without it.
func cut(t *testing.T, b []byte, mark byte) (segment, rest []byte) {
	t.Helper()
	at := bytes.Index(b, []byte{0xff, mark})
	if at < 0 {
		t.Fatalf("there is no marker %#x", mark)
	}
	end := at + 2 + int(b[at+2])<<8 + int(b[at+3])
	return bytes.Clone(b[at:end]), slices.Concat(b[:at], b[end:])
}

// Segments of one component override those of all, and those of a tile those of the image, in any order (A.6).
func TestOverrides(t *testing.T) {
	f := fixtures[3] // rgb-plain.j2k
	b := read(t, f.name)
	cod, rest := cut(t, b, markCOD&0xff)
	qcd, rest := cut(t, rest, markQCD&0xff)
	wrongCOD, wrongQCD := bytes.Clone(cod), bytes.Clone(qcd)
	wrongCOD[10]++ // the width of code-blocks
	wrongQCD[4] += 0x20
	var coc, qcc []byte
	for c := range byte(3) {
		coc = append(coc, slices.Concat([]byte{0xff, markCOC & 0xff, 0, byte(len(cod) - 5), c, cod[4] & 1}, cod[9:])...)
		qcc = append(qcc, slices.Concat([]byte{0xff, markQCC & 0xff, 0, byte(len(qcd) - 2 + 1), c}, qcd[4:])...)
	}
	sot := bytes.Index(rest, []byte{0xff, 0x90, 0, 10})
	clear(rest[sot+6 : sot+10]) // the length: up to EOC
	for _, c := range []struct {
		what       string
		main, tile []byte
	}{
		{"as it was", slices.Concat(cod, qcd), nil},
		{"components before", slices.Concat(coc, qcc, wrongCOD, wrongQCD), nil},
		{"components after", slices.Concat(wrongCOD, wrongQCD, coc, qcc), nil},
		{"no QCD", slices.Concat(qcc, cod), nil},
		{"tile", slices.Concat(wrongCOD, wrongQCD), slices.Concat(cod, qcd)},
		{"tile over components", slices.Concat(cod, qcd, wrongOf(coc, 8), wrongOf(qcc, 5)), slices.Concat(cod, qcd)},
		{"components of the tile", slices.Concat(wrongCOD, wrongQCD), slices.Concat(coc, wrongCOD, wrongQCD, qcc)},
	} {
		img, err := Decode(slices.Concat(rest[:sot], c.main, rest[sot:sot+12], c.tile, rest[sot+12:]))
		if err != nil {
			t.Errorf("%s: %v", c.what, err)
		} else if got := f.differs(t, img); got != 0 {
			t.Errorf("%s: a sample differs by %d; want 0", c.what, got)
		}
	}
}

// wrongOf changes a byte of the first segment.
func wrongOf(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}

// Derived step sizes are those of Equation E-5.
func TestDerivedQuantisation(t *testing.T) {
	f := fixtures[20] // lossy-tiles.j2k, of three levels
	qcd, rest := cut(t, read(t, f.name), markQCD&0xff)
	const e, m = 13, 0x345
	at := bytes.Index(rest, []byte{0xff, 0x90, 0, 10})
	with := func(body ...byte) image.Image {
		img, err := Decode(slices.Concat(rest[:at], []byte{0xff, markQCD & 0xff, 0, byte(len(body) + 2)}, body, rest[at:]))
		if err != nil {
			t.Fatal(err)
		}
		return img
	}
	derived := with(qcd[4]&^31|quantDerived, e<<3|m>>8, m&0xff)
	all := []byte{qcd[4]&^31 | quantExpounded, e<<3 | m>>8, m & 0xff}
	for level := range byte(3) {
		for range 3 {
			all = append(all, (e-level)<<3|m>>8, m&0xff)
		}
	}
	if !reflect.DeepEqual(derived, with(all...)) {
		t.Error("derived step sizes decode otherwise than the same ones written out")
	}
}
