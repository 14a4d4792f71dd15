// Command asmgen writes the assembly of the kernels: every file *_amd64.s and *_arm64.s below inference/internal/kernels,
// with the declarations of its functions in the Go file of the same name.
//
// Run it in its own folder, without arguments. Running it again changes nothing; the gate checks that.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"go/format"
	"log"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"

	"github.com/brinkml/brink/inference/internal/asmgen/arm64"
	"github.com/brinkml/brink/inference/internal/asmgen/neon"
)

// family is a set of kernels that stand in one file.
type family struct {
	file     string // below kernels, without its ending
	generate func(*build.Context)
}

// families lists what there is for amd64. A family is added here and nowhere else.
var families = []family{
	{"vec/maps_avx2", vecMaps(false)},
	{"vec/maps_avx512", vecMaps(true)},
	{"vec/pairs_avx2", vecPairs(false)},
	{"vec/pairs_avx512", vecPairs(true)},
	{"vec/rows_avx2", vecRows(false)},
	{"vec/rows_avx512", vecRows(true)},
	{"recurrence/avx2", recurrentCells(false)},
	{"recurrence/avx512", recurrentCells(true)},
	{"f32/tile_avx2", tileAVX2},
	{"f32/tile_avx512", tileAVX512},
	{"f32/transpose_avx2", transposeAVX2},
	{"f32/depthwise_avx2", depthwiseAVX2},
	{"f32/depthwise_avx512", depthwiseAVX512},
	{"f32/plane_avx2", planeAVX2},
	{"f32/plane_avx512", planeAVX512},
	{"f32/winograd_avx2", winogradAVX2},
	{"f32/winograd_avx512", winogradAVX512},
	{"f32/affine_avx2", affineAVX2},
	{"f32/affine_avx512", affineAVX512},
	{"f32/lrn_avx2", lrnAVX2},
	{"f32/lrn_avx512", lrnAVX512},
	{"f32/matrix_avx512", matrixAVX512},
	{"f32/pool_avx2", poolAVX2},
	{"f32/pool_avx512", poolAVX512},
	i8VNNI, i8AVX512, i8AVX2, i8Transpose, i8Depthwise, i8DepthwiseAVX2, i8Quantize, i8QuantizeAVX2,
	{"trees/walk", treeWalk},
	{"peak/peak", peaks},
}

func main() {
	log.SetFlags(0)
	for _, f := range families {
		if err := write(f); err != nil {
			log.Fatalf("asmgen: %s: %v", f.file, err)
		}
	}
	for _, f := range arm64Families() {
		if err := writeARM64(f); err != nil {
			log.Fatalf("asmgen: %s: %v", f.File, err)
		}
	}
}

// write generates one family.
func write(f family) error {
	ctx := build.NewContext()
	ctx.ConstraintExpr("!noasm")
	f.generate(ctx)
	file, err := ctx.Result()
	if err != nil {
		return err
	}
	if err := pass.Compile.Execute(file); err != nil {
		return err
	}
	for _, fn := range file.Functions() {
		fn.Nodes = slices.DeleteFunc(fn.Nodes, idle)
	}
	path := "../kernels/" + f.file + "_amd64"
	cfg := printer.Config{Name: "asmgen", Argv: []string{"asmgen"}, Pkg: pkg(f.file)}
	asm, err := printer.NewGoAsm(cfg).Print(file)
	if err != nil {
		return err
	}
	if strings.HasSuffix(f.file, "_avx2") && late.Match(asm) {
		return errors.New("registers that AVX2 has not are in use")
	}
	stubs, err := printer.NewStubs(cfg).Print(file)
	if err != nil {
		return err
	}
	if stubs, err = format.Source(stubs); err != nil {
		return err
	}
	if err := os.WriteFile(path+".s", bytes.TrimLeft(asm, "\n"), 0o644); err != nil {
		return err
	}
	return os.WriteFile(path+".go", stubs, 0o644)
}

// late are the vector registers that came with AVX-512.
var late = regexp.MustCompile(`\b[XY](1[6-9]|2\d|3[01])\b`)

// idle reports whether a node moves a register to itself.
func idle(n ir.Node) bool {
	i, ok := n.(*ir.Instruction)
	return ok && i.Opcode == "VMOVAPS" && i.Operands[0] == i.Operands[1]
}

// arm64Families lists what there is for arm64: what only arm64 has, and what is translated from amd64.
func arm64Families() []arm64.Family {
	return append(slices.Clone(arm64.Families), []arm64.Family{
		{File: "vec/maps_neon", Generate: neonMaps},
		{File: "vec/pairs_neon", Generate: neonPairs},
		{File: "vec/rows_neon", Generate: neonRows},
	}...)
}

// writeARM64 generates one family for arm64.
func writeARM64(f arm64.Family) error {
	w := &neon.File{Package: pkg(f.File)}
	if err := f.Generate(w); err != nil {
		return err
	}
	path := "../kernels/" + f.File + "_arm64"
	if err := os.WriteFile(path+".s", []byte(w.Assembly()), 0o644); err != nil {
		return err
	}
	return os.WriteFile(path+".go", []byte(w.Stubs()), 0o644)
}

// pkg returns the name of the package that a file is in.
func pkg(file string) string {
	parts := strings.Split(file, "/")
	return parts[len(parts)-2]
}

// function begins a function of one argument, a pointer to a struct whose fields the assembly reads by their offsets.
func function(c *build.Context, name, doc, arg string) {
	c.Function(name)
	c.Attributes(attr.NOSPLIT)
	c.Doc(doc)
	c.Pragma("noescape")
	c.SignatureExpr(fmt.Sprintf("func(%s)", arg))
}
