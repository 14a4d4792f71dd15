package neon

import "fmt"

// Code of an instruction: its bits without the operands.
type code = uint32

// Instructions of three vectors of one arrangement.
var same = map[string]struct {
	code code
	kind kind
}{
	"fadd": {0x0e20d400, single}, "fsub": {0x0ea0d400, single}, "fmul": {0x2e20dc00, single}, "fdiv": {0x2e20fc00, single},
	"fmla": {0x0e20cc00, single}, "fmls": {0x0ea0cc00, single}, "fmax": {0x0e20f400, single}, "fmin": {0x0ea0f400, single},
	"fmaxnm": {0x0e20c400, single}, "fminnm": {0x0ea0c400, single},
	"faddp": {0x2e20d400, single}, "fmaxp": {0x2e20f400, single}, "fminp": {0x2ea0f400, single},
	"fcmeq": {0x0e20e400, single}, "fcmge": {0x2e20e400, single}, "fcmgt": {0x2ea0e400, single},
	"add": {0x0e208400, sized}, "sub": {0x2e208400, sized}, "addp": {0x0e20bc00, sized},
	"mul": {0x0e209c00, upToWords}, "mla": {0x0e209400, upToWords}, "mls": {0x2e209400, upToWords},
	"smax": {0x0e206400, upToWords}, "smin": {0x0e206c00, upToWords}, "umax": {0x2e206400, upToWords}, "umin": {0x2e206c00, upToWords},
	"sshl": {0x0e204400, sized}, "srshl": {0x0e205400, sized}, "cmeq": {0x2e208c00, sized}, "cmgt": {0x0e203400, sized}, "cmge": {0x0e203c00, sized},
	"sqadd": {0x0e200c00, sized}, "uqadd": {0x2e200c00, sized},
	"and": {0x0e201c00, plain}, "bic": {0x0e601c00, plain}, "orr": {0x0ea01c00, plain}, "eor": {0x2e201c00, plain},
	"bsl": {0x2e601c00, plain}, "bit": {0x2ea01c00, plain}, "bif": {0x2ee01c00, plain},
	"zip1": {0x0e003800, sized}, "zip2": {0x0e007800, sized}, "uzp1": {0x0e001800, sized}, "uzp2": {0x0e005800, sized},
	"trn1": {0x0e002800, sized}, "trn2": {0x0e006800, sized},
}

// Instructions of two vectors of one arrangement.
var unary = map[string]struct {
	code code
	kind kind
}{
	"fabs": {0x0ea0f800, single}, "fneg": {0x2ea0f800, single}, "fsqrt": {0x2ea1f800, single},
	"frintn": {0x0e218800, single}, "frintm": {0x0e219800, single}, "frintp": {0x0ea18800, single}, "frintz": {0x0ea19800, single},
	"fcvtzs": {0x0ea1b800, single}, "fcvtns": {0x0e21a800, single}, "scvtf": {0x0e21d800, single}, "ucvtf": {0x2e21d800, single},
	"frecpe": {0x0ea1d800, single}, "frsqrte": {0x2ea1d800, single},
	"neg": {0x2e20b800, sized}, "abs": {0x0e20b800, sized}, "not": {0x2e205800, plain},
}

// Instructions that add up or multiply halves of vectors to lanes of twice the width.
var long = map[string]code{
	"smull": 0x0e20c000, "umull": 0x2e20c000, "smlal": 0x0e208000, "umlal": 0x2e208000,
	"saddl": 0x0e200000, "uaddl": 0x2e200000, "ssubl": 0x0e202000, "usubl": 0x2e202000,
}

// Instructions that add half a vector to one whose lanes are twice as wide.
var wide = map[string]code{"saddw": 0x0e201000, "uaddw": 0x2e201000, "ssubw": 0x0e203000, "usubw": 0x2e203000}

// Instructions that add neighbouring lanes to one of twice the width.
var pairs = map[string]code{"saddlp": 0x0e202800, "uaddlp": 0x2e202800, "sadalp": 0x0e206800, "uadalp": 0x2e206800}

// Instructions that halve the width of the lanes.
var narrow = map[string]code{"xtn": 0x0e212800, "sqxtn": 0x0e214800, "uqxtn": 0x2e214800, "sqxtun": 0x2e212800}

// Shifts by a constant.
var shifts = map[string]struct {
	code code
	left bool
}{"shl": {0x0f005400, true}, "sshr": {0x0f000400, false}, "ushr": {0x2f000400, false}, "srshr": {0x0f002400, false}}

// Shifts by a constant that double the width of the lanes.
var lengthen = map[string]code{"sshll": 0x0f00a400, "ushll": 0x2f00a400}

// Dot products of four bytes each.
var dots = map[string]struct{ vector, lane code }{
	"sdot": {0x0e809400, 0x0f80e000}, "udot": {0x2e809400, 0x2f80e000},
}

// Instructions of a vector and one lane of another, lanes of float32.
var byLane = map[string]code{"fmla": 0x0f801000, "fmls": 0x0f805000, "fmul": 0x0f809000}

// Instructions that multiply half a vector by one lane of another, to lanes of twice the width.
var longByLane = map[string]code{"smull": 0x0f40a000, "umull": 0x2f40a000, "smlal": 0x0f402000, "umlal": 0x2f402000}

// Reductions of all lanes to one.
var across = map[string]struct {
	code code
	kind kind
}{
	"fmaxv": {0x2e30f800, single}, "fminv": {0x2eb0f800, single},
	"addv": {0x0e31b800, upToWords}, "smaxv": {0x0e30a800, upToWords}, "sminv": {0x0e31a800, upToWords},
}

// kind says which arrangements an instruction takes, and where their size goes.
type kind uint8

const (
	single    kind = iota // float32; the size is part of the code
	sized                 // any but 1D
	upToWords             // bytes, halves and words
	plain                 // bits without lanes, written as bytes
)

func (k kind) takes(a Arr) bool {
	switch k {
	case single:
		return a == S2 || a == S4
	case sized:
		return a != D1
	case upToWords:
		return a < D1
	}
	return a == B8 || a == B16
}

// bits returns what an arrangement sets in the code of an instruction.
func (k kind) bits(a Arr) code {
	b := a.q() << 30
	if k == sized || k == upToWords {
		b |= a.size() << 22
	}
	return b
}

// of puts up to three registers into a code.
func (c code3) of() code { return c.code | code(c.m)<<16 | code(c.n)<<5 | code(c.d) }

type code3 struct {
	code    code
	d, n, m V
}

// Same is op d, n, m for three vectors of an arrangement.
func (f *Func) Same(op string, a Arr, d, n, m V) {
	i, ok := same[op]
	f.check(ok && i.kind.takes(a), op, a)
	f.word(code3{i.code | i.kind.bits(a), d, n, m}.of(), "%s %s, %s, %s", op, d.as(a), n.as(a), m.as(a))
}

// Unary is op d, n for two vectors of an arrangement.
func (f *Func) Unary(op string, a Arr, d, n V) {
	i, ok := unary[op]
	f.check(ok && i.kind.takes(a), op, a)
	f.word(code3{i.code | i.kind.bits(a), d, n, 0}.of(), "%s %s, %s", op, d.as(a), n.as(a))
}

// Long is op d, n, m where n and m have the arrangement and d's lanes are twice as wide. A whole arrangement (16B, 8H, 4S)
// reads the upper halves of n and m.
func (f *Func) Long(op string, a Arr, d, n, m V) {
	c, ok := long[op]
	f.check(ok && a != D2, op, a)
	f.word(code3{c | upToWords.bits(a), d, n, m}.of(), "%s %s, %s, %s", a.upper(op), d.as(a.wider()), n.as(a), m.as(a))
}

// Wide is op d, n, m where m has the arrangement and the lanes of d and n are twice as wide. A whole arrangement reads
// the upper half of m.
func (f *Func) Wide(op string, a Arr, d, n, m V) {
	c, ok := wide[op]
	f.check(ok && a != D2, op, a)
	f.word(code3{c | upToWords.bits(a), d, n, m}.of(), "%s %s, %s, %s", a.upper(op), d.as(a.wider()), n.as(a.wider()), m.as(a))
}

// Pairs is op d, n where n has the arrangement and d half as many lanes of twice the width.
func (f *Func) Pairs(op string, a Arr, d, n V) {
	c, ok := pairs[op]
	f.check(ok && a != D2, op, a)
	f.word(code3{c | upToWords.bits(a), d, n, 0}.of(), "%s %s, %s", op, d.as(a.paired()), n.as(a))
}

// Narrow is op d, n where d has the arrangement and n's lanes are twice as wide. A whole arrangement writes the upper
// half of d and keeps the lower.
func (f *Func) Narrow(op string, a Arr, d, n V) {
	c, ok := narrow[op]
	f.check(ok && a != D2, op, a)
	f.word(code3{c | upToWords.bits(a), d, n, 0}.of(), "%s %s, %s", a.upper(op), d.as(a), n.as(a.wider()))
}

// Shift is op d, n, #by.
func (f *Func) Shift(op string, a Arr, d, n V, by int) {
	s, ok := shifts[op]
	width := 8 << a.size()
	imm := 2*width - by
	if s.left {
		imm = width + by
	}
	f.check(ok && imm >= width && imm < 2*width, op, a)
	f.word(code3{s.code | a.q()<<30 | code(imm)<<16, d, n, 0}.of(), "%s %s, %s, #%d", op, d.as(a), n.as(a), by)
}

// Lengthen is op d, n, #by where n has the arrangement and d's lanes are twice as wide.
func (f *Func) Lengthen(op string, a Arr, d, n V, by int) {
	c, ok := lengthen[op]
	width := 8 << a.size()
	f.check(ok && a != D2 && by >= 0 && by < width, op, a)
	f.word(code3{c | a.q()<<30 | code(width+by)<<16, d, n, 0}.of(), "%s %s, %s, #%d", a.upper(op), d.as(a.wider()), n.as(a), by)
}

// Dot adds to each word of d the dot product of four bytes of n and of m: op d.4s, n.16b, m.16b.
func (f *Func) Dot(op string, d, n, m V) {
	c, ok := dots[op]
	f.check(ok, op, S4)
	f.word(code3{c.vector | 1<<30, d, n, m}.of(), "%s %s, %s, %s", op, d.as(S4), n.as(B16), m.as(B16))
}

// DotLane is [Func.Dot] with the same four bytes of m for all words of d: op d.4s, n.16b, m.4b[lane].
func (f *Func) DotLane(op string, d, n, m V, lane int) {
	c, ok := dots[op]
	f.check(ok && lane >= 0 && lane < 4, op, S4)
	f.word(code3{c.lane | 1<<30 | wordLane(lane), d, n, m}.of(), "%s %s, %s, v%d.4b[%d]", op, d.as(S4), n.as(B16), m, lane)
}

// Lane is op d, n, m.s[lane] for vectors of float32.
func (f *Func) Lane(op string, a Arr, d, n, m V, lane int) {
	c, ok := byLane[op]
	f.check(ok && single.takes(a) && lane >= 0 && lane < 4, op, a)
	f.word(code3{c | a.q()<<30 | wordLane(lane), d, n, m}.of(), "%s %s, %s, v%d.s[%d]", op, d.as(a), n.as(a), m, lane)
}

// LongLane is op d.4s, n, m.h[lane] where n is 4H or the upper half of 8H, and m one of V0 to V15.
func (f *Func) LongLane(op string, a Arr, d, n, m V, lane int) {
	c, ok := longByLane[op]
	f.check(ok && (a == H4 || a == H8) && m < 16 && lane >= 0 && lane < 8, op, a)
	index := code(lane&1)<<20 | code(lane>>1&1)<<21 | code(lane>>2)<<11
	f.word(code3{c | a.q()<<30 | index, d, n, m}.of(), "%s %s, %s, v%d.h[%d]", a.upper(op), d.as(S4), n.as(a), m, lane)
}

// wordLane returns the bits of the number of a lane of 32 bits.
func wordLane(lane int) code { return code(lane&1)<<21 | code(lane>>1)<<11 }

// Across reduces all lanes of n to the first of d; the others become zero.
func (f *Func) Across(op string, a Arr, d, n V) {
	i, ok := across[op]
	f.check(ok && i.kind.takes(a) && a != S2, op, a)
	f.word(code3{i.code | i.kind.bits(a), d, n, 0}.of(), "%s %s%d, %s", op, a.letter(), d, n.as(a))
}

// AddPair sets the first lane of d to the sum of the two lowest float32 of n: faddp d, n.2s.
func (f *Func) AddPair(d, n V) {
	f.word(code3{0x7e30d800, d, n, 0}.of(), "faddp s%d, %s", d, n.as(S2))
}

// Dup sets all lanes of d to one lane of n.
func (f *Func) Dup(a Arr, d, n V, lane int) {
	f.check(lane >= 0 && lane < 16>>a.size(), "dup", a)
	imm := code(lane)<<(a.size()+1) | 1<<a.size()
	f.word(code3{0x0e000400 | a.q()<<30 | imm<<16, d, n, 0}.of(), "dup %s, v%d.%s[%d]", d.as(a), n, a.letter(), lane)
}

// DupGeneral sets all lanes of d to the low bits of a general register.
func (f *Func) DupGeneral(a Arr, d V, n R) {
	letter := "w"
	if a == D2 {
		letter = "x"
	}
	f.word(0x0e000c00|a.q()<<30|1<<a.size()<<16|code(n)<<5|code(d), "dup %s, %s%d", d.as(a), letter, n)
}

// Insert sets one lane of d to one of n.
func (f *Func) Insert(a Arr, d V, to int, n V, from int) {
	f.check(max(to, from) < 16>>a.size() && min(to, from) >= 0, "ins", a)
	imm5, imm4 := code(to)<<(a.size()+1)|1<<a.size(), code(from)<<a.size()
	f.word(code3{0x6e000400 | imm5<<16 | imm4<<11, d, n, 0}.of(), "mov v%d.%s[%d], v%d.%s[%d]", d, a.letter(), to, n, a.letter(), from)
}

// Extract sets d to 16 bytes from the pair of n (first) and m, beginning with a byte of n.
func (f *Func) Extract(d, n, m V, first int) {
	f.check(first >= 0 && first < 16, "ext", B16)
	f.word(code3{0x6e000000 | code(first)<<11, d, n, m}.of(), "ext %s, %s, %s, #%d", d.as(B16), n.as(B16), m.as(B16), first)
}

// Move copies a register.
func (f *Func) Move(d, n V) {
	f.word(code3{same["orr"].code | 1<<30, d, n, n}.of(), "mov %s, %s", d.as(B16), n.as(B16))
}

// Zero clears a register.
func (f *Func) Zero(d V) { f.word(0x4f000400|code(d), "movi %s, #0", d.as(S4)) }

// Float sets all lanes to a float32; it uses a general register.
func (f *Func) Float(d V, bits uint32, through R) {
	f.Go("MOVD $0x%x, R%d", bits, through)
	f.DupGeneral(S4, d, through)
}

func (f *Func) check(ok bool, op string, a Arr) {
	if !ok {
		panic(fmt.Sprintf("%s: no %s of %s with these operands", f.name, op, a))
	}
}
