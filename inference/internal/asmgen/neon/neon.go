// Package neon writes functions for Go's assembler of arm64, which knows few of the vector instructions: those it gets as
// words, with the instruction as GNU's assembler writes it in a comment beside them. Everything else is a line of Go's
// assembly as it stands.
//
// Encodings are from the Arm Architecture Reference Manual for A-profile (DDI 0487), section C7.2. What an instruction
// cannot have panics: that is a mistake in the generator.
//
// A function may use R0 to R17 and R19 to R26, and all vector registers; the rest belongs to Go and to the platform.
package neon

import (
	"fmt"
	"strings"
)

// V is a vector register, 0 to 31.
type V uint8

// R is a general register.
type R uint8

// RSP is the stack pointer as the base of a memory operand.
const RSP R = 31

// String returns the register as a base of a memory operand.
func (r R) String() string {
	if r == RSP {
		return "sp"
	}
	return fmt.Sprintf("x%d", uint8(r))
}

// Arr is how a register is cut into lanes.
type Arr uint8

// The arrangements: the width of the lanes, and how many.
const (
	B8 Arr = iota
	B16
	H4
	H8
	S2
	S4
	D1 // only as the result of [Func.Pairs]
	D2
)

func (a Arr) String() string {
	return [...]string{B8: "8b", B16: "16b", H4: "4h", H8: "8h", S2: "2s", S4: "4s", D1: "1d", D2: "2d"}[a]
}

// q returns 1 when the arrangement takes the whole register.
func (a Arr) q() code { return code(a & 1) }

// size returns the logarithm of the bytes of a lane.
func (a Arr) size() code { return code(a >> 1) }

func (a Arr) letter() string { return [...]string{"b", "h", "s", "d"}[a.size()] }

// wider returns the whole arrangement whose lanes are twice as wide.
func (a Arr) wider() Arr { return a&^1 + 3 }

// paired returns the arrangement of half as many lanes of twice the width.
func (a Arr) paired() Arr { return a + 2 }

// upper returns the name of an instruction when it takes or makes the upper half of a register.
func (a Arr) upper(op string) string {
	if a.q() == 1 {
		return op + "2"
	}
	return op
}

func (v V) as(a Arr) string { return fmt.Sprintf("v%d.%s", uint8(v), a) }

// File is what one run of the generator writes: the assembly of some functions and their declarations.
type File struct {
	Package string
	asm     strings.Builder
	stubs   strings.Builder
	data    strings.Builder
	imports bool
}

// Func is a function that is being written.
type Func struct {
	file    *File
	name    string
	offsets map[string]int // of parameters and results
}

// Func begins a function. Its parameters and results, which may be none, are as Go has them, of pointers, int and
// float32: "dst, src *float32, n int". Frame is the size of its locals, which begin at 8(RSP).
func (w *File) Func(name, doc, params, results string, frame int) *Func {
	f := &Func{file: w, name: name, offsets: map[string]int{}}
	size := f.place(params, 0)
	size = f.place(results, (size+7)&^7)
	signature := fmt.Sprintf("func %s(%s)", name, params)
	if results != "" {
		signature += " (" + results + ")"
	}
	for line := range strings.SplitSeq(doc, "\n") {
		fmt.Fprintf(&w.stubs, "// %s\n", line)
	}
	fmt.Fprintf(&w.stubs, "//\n//go:noescape\n%s\n\n", signature)
	w.imports = w.imports || strings.Contains(params, "unsafe.")
	fmt.Fprintf(&w.asm, "\n// %s\nTEXT ·%s(SB), NOSPLIT, $%d-%d\n", signature, name, frame, size)
	return f
}

// place finds the offsets of parameters or results, from the first on, and returns where they end.
func (f *Func) place(list string, at int) int {
	if list == "" {
		return at
	}
	var names []string
	for p := range strings.SplitSeq(list, ", ") {
		name, kind, typed := strings.Cut(p, " ")
		names = append(names, name)
		if !typed {
			continue
		}
		size := 8
		if kind == "float32" {
			size = 4
		}
		for _, n := range names {
			at = (at + size - 1) / size * size
			f.offsets[n] = at
			at += size
		}
		names = nil
	}
	return at
}

// Arg returns a parameter or result as Go's assembler names it.
func (f *Func) Arg(name string) string {
	at, ok := f.offsets[name]
	if !ok {
		panic(fmt.Sprintf("%s: no parameter %s", f.name, name))
	}
	return fmt.Sprintf("%s+%d(FP)", name, at)
}

// Data declares words that [Func.Address] finds.
func (w *File) Data(name string, words ...uint32) {
	for i, v := range words {
		fmt.Fprintf(&w.data, "DATA %s<>+%d(SB)/4, $0x%08x\n", name, 4*i, v)
	}
	fmt.Fprintf(&w.data, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n\n", name, 4*len(words))
}

// Address sets a register to the address of data.
func (f *Func) Address(name string, to R) { f.Go("MOVD $%s<>(SB), R%d", name, to) }

// Go writes an instruction as Go's assembler knows it.
func (f *Func) Go(format string, args ...any) {
	op, operands, _ := strings.Cut(fmt.Sprintf(format, args...), " ")
	if operands == "" {
		fmt.Fprintf(&f.file.asm, "\t%s\n", op)
		return
	}
	fmt.Fprintf(&f.file.asm, "\t%-7s %s\n", op, operands)
}

// Label begins a line that branches can go to.
func (f *Func) Label(name string) { fmt.Fprintf(&f.file.asm, "\n%s:\n", name) }

// Comment explains what follows.
func (f *Func) Comment(text string) { fmt.Fprintf(&f.file.asm, "\n\t// %s\n", text) }

// word writes an encoded instruction.
func (f *Func) word(c code, format string, args ...any) {
	fmt.Fprintf(&f.file.asm, "\tWORD    $0x%08x // %s\n", c, fmt.Sprintf(format, args...))
}

const head = "// Code generated by command: asmgen. DO NOT EDIT.\n\n//go:build !noasm\n\n"

// Assembly returns the text of the .s file.
func (w *File) Assembly() string {
	s := head + "#include \"textflag.h\"\n\n" + w.data.String() + strings.TrimLeft(w.asm.String(), "\n")
	return s
}

// Stubs returns the text of the .go file with the declarations of the functions.
func (w *File) Stubs() string {
	s := head + "package " + w.Package + "\n\n"
	if w.imports {
		s += "import \"unsafe\"\n\n"
	}
	return s + strings.TrimRight(w.stubs.String(), "\n") + "\n"
}
