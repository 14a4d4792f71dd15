package neon

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/encodings.txt anew with GNU's assembler (aarch64-linux-gnu-as)")

// every returns one or more of each instruction there is, with all arrangements that it takes.
func every() *File {
	w := &File{Package: "x"}
	f := w.Func("every", "every.", "p unsafe.Pointer", "", 0)
	all := []Arr{B8, B16, H4, H8, S2, S4, D2}
	// Registers with all five bits in use in each place.
	const d, n, m = V(21), V(10), V(31)
	for _, op := range slices.Sorted(maps.Keys(same)) {
		for _, a := range all {
			if same[op].kind.takes(a) {
				f.Same(op, a, d, n, m)
				f.Same(op, a, m, d, n)
			}
		}
	}
	for _, op := range slices.Sorted(maps.Keys(unary)) {
		for _, a := range all {
			if unary[op].kind.takes(a) {
				f.Unary(op, a, d, n)
				f.Unary(op, a, n, m)
			}
		}
	}
	for _, a := range all[:6] {
		for _, op := range slices.Sorted(maps.Keys(long)) {
			f.Long(op, a, d, n, m)
		}
		for _, op := range slices.Sorted(maps.Keys(wide)) {
			f.Wide(op, a, d, n, m)
		}
		for _, op := range slices.Sorted(maps.Keys(pairs)) {
			f.Pairs(op, a, d, n)
		}
		for _, op := range slices.Sorted(maps.Keys(narrow)) {
			f.Narrow(op, a, d, n)
		}
		for _, op := range slices.Sorted(maps.Keys(lengthen)) {
			for _, by := range []int{0, 1, 8<<a.size() - 1} {
				f.Lengthen(op, a, d, n, by)
			}
		}
		for _, op := range slices.Sorted(maps.Keys(across)) {
			if a != S2 && across[op].kind.takes(a) && (across[op].kind != single || a == S4) {
				f.Across(op, a, d, n)
			}
		}
	}
	for _, a := range all {
		for _, op := range slices.Sorted(maps.Keys(shifts)) {
			for _, by := range []int{1, 3, 8<<a.size() - 1} {
				f.Shift(op, a, d, n, by)
			}
		}
		for lane := range 16 >> a.size() {
			f.Dup(a, d, n, lane)
			f.Insert(a, d, lane, n, 16>>a.size()-1-lane)
		}
		f.DupGeneral(a, d, 26)
		f.LoadAll(a, d, 26)
		f.LoadAllPost(a, d, RSP)
		if a.q() == 1 {
			f.Load4Post(a, 28, 26)
		}
	}
	for _, op := range slices.Sorted(maps.Keys(dots)) {
		f.Dot(op, d, n, m)
		for lane := range 4 {
			f.DotLane(op, d, n, m, lane)
		}
	}
	for lane := range 4 {
		for _, op := range slices.Sorted(maps.Keys(byLane)) {
			f.Lane(op, S2, d, n, m, lane)
			f.Lane(op, S4, n, m, d, lane)
		}
		f.LoadLane(d, lane, 26)
		f.StoreLane(d, lane, RSP)
	}
	for lane := range 8 {
		for _, op := range slices.Sorted(maps.Keys(longByLane)) {
			f.LongLane(op, H4, d, n, 15, lane)
			f.LongLane(op, H8, d, m, 5, lane)
		}
	}
	f.AddPair(d, n)
	f.Extract(d, n, m, 0)
	f.Extract(d, n, m, 15)
	f.Move(d, n)
	f.Zero(d)
	for _, p := range []Part{Byte, Word, Double, Quad} {
		unit := 1 << parts[p].scale
		for _, offset := range []int{0, unit, 4095 * unit} {
			f.Load(p, d, 26, offset)
			f.Store(p, d, RSP, offset)
		}
		for _, add := range []int{-256, -unit, unit, 255} {
			f.LoadPost(p, d, 26, add)
			f.StorePost(p, d, RSP, add)
		}
		if p == Byte {
			continue
		}
		for _, offset := range []int{-64 * unit, -unit, 0, 63 * unit} {
			f.LoadPair(p, d, n, 26, offset)
			f.StorePair(p, d, n, RSP, offset)
			f.LoadPairPost(p, d, n, 26, offset)
			f.StorePairPost(p, d, n, 26, offset)
		}
	}
	return w
}

var wordLine = regexp.MustCompile(`WORD +\$0x([0-9a-f]{8}) // (.*)`)

// words returns the encoded instructions of a text of assembly, each as "code instruction".
func words(text string) []string {
	var all []string
	for _, m := range wordLine.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1]+" "+m[2])
	}
	return all
}

// assemble returns the lines with the codes that GNU's assembler gives to their instructions.
func assemble(t *testing.T, lines []string) []string {
	t.Helper()
	var src strings.Builder
	src.WriteString(".arch armv8.2-a+dotprod\n")
	for _, l := range lines {
		src.WriteString(l[9:] + "\n")
	}
	object := filepath.Join(t.TempDir(), "x.o")
	as := exec.Command("aarch64-linux-gnu-as", "-o", object, "-")
	as.Stdin = strings.NewReader(src.String())
	if out, err := as.CombinedOutput(); err != nil {
		t.Fatalf("as: %v\n%s", err, out)
	}
	binary := filepath.Join(t.TempDir(), "x.bin")
	if out, err := exec.Command("aarch64-linux-gnu-objcopy", "-O", "binary", "-j", ".text", object, binary).CombinedOutput(); err != nil {
		t.Fatalf("objcopy: %v\n%s", err, out)
	}
	code, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i, l := range lines {
		c := code[4*i:][:4]
		want = append(want, fmt.Sprintf("%02x%02x%02x%02x %s", c[3], c[2], c[1], c[0], l[9:]))
	}
	return want
}

// TestEncodings compares every instruction with what GNU's assembler makes of it, as it is kept in testdata.
func TestEncodings(t *testing.T) {
	got := words(every().Assembly())
	const golden = "testdata/encodings.txt"
	if *update {
		if err := os.WriteFile(golden, []byte(strings.Join(assemble(t, got), "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for s := bufio.NewScanner(bytes.NewReader(data)); s.Scan(); {
		want[s.Text()[9:]] = s.Text()[:8]
	}
	for _, l := range got {
		if want[l[9:]] != l[:8] {
			t.Errorf("%s = %s; want %s", l[9:], l[:8], want[l[9:]])
		}
	}
}

// TestGenerated asks GNU's assembler about every word of the assembly that is checked in.
func TestGenerated(t *testing.T) {
	if _, err := exec.LookPath("aarch64-linux-gnu-as"); err != nil {
		t.Skip("GNU's assembler for arm64 is not installed; TestEncodings covers every instruction without it")
	}
	files, err := filepath.Glob("../../kernels/*/*_arm64.s")
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob = %v, %v; want files", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		got := words(string(text))
		for i, want := range assemble(t, got) {
			if got[i] != want {
				t.Errorf("%s: %s; want %s", filepath.Base(file), got[i], want[:8])
			}
		}
	}
}

func TestImpossible(t *testing.T) {
	for name, emit := range map[string]func(*Func){
		"unknown":             func(f *Func) { f.Same("fnord", S4, 0, 1, 2) },
		"bytes of float":      func(f *Func) { f.Same("fadd", B16, 0, 1, 2) },
		"lane":                func(f *Func) { f.Lane("fmla", S4, 0, 1, 2, 4) },
		"register of a lane":  func(f *Func) { f.LongLane("smull", H4, 0, 1, 16, 0) },
		"shift":               func(f *Func) { f.Shift("sshr", S4, 0, 1, 33) },
		"offset out of range": func(f *Func) { f.Load(Quad, 0, 1, 16*4096) },
		"crooked offset":      func(f *Func) { f.LoadPair(Quad, 0, 1, 1, 8) },
		"pair of bytes":       func(f *Func) { f.LoadPair(Byte, 0, 1, 1, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic; want one")
				}
			}()
			emit((&File{Package: "x"}).Func("f", "f.", "p unsafe.Pointer", "", 0))
		})
	}
}
