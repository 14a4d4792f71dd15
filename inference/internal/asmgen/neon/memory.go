package neon

import "fmt"

// Part is how much of a register goes to or comes from memory.
type Part uint8

// The parts: the low 1, 4 or 8 bytes, or all 16.
const (
	Byte Part = iota
	Word
	Double
	Quad
)

var parts = [...]struct {
	letter      string
	scale       uint
	load, store code // with an unsigned offset
	pair        code
}{
	Byte:   {"b", 0, 0x3d400000, 0x3d000000, 0},
	Word:   {"s", 2, 0xbd400000, 0xbd000000, 0x2c000000},
	Double: {"d", 3, 0xfd400000, 0xfd000000, 0x6c000000},
	Quad:   {"q", 4, 0x3dc00000, 0x3d800000, 0xac000000},
}

// Load loads part of a register from base + offset; the rest of the register is cleared.
func (f *Func) Load(p Part, d V, base R, offset int) {
	f.at("ldr", p, parts[p].load, d, base, offset)
}

// Store stores part of a register at base + offset.
func (f *Func) Store(p Part, d V, base R, offset int) {
	f.at("str", p, parts[p].store, d, base, offset)
}

func (f *Func) at(op string, p Part, c code, d V, base R, offset int) {
	i := parts[p]
	f.fits(op, offset, 0, 4095, i.scale)
	f.word(c|code(offset>>i.scale)<<10|code(base)<<5|code(d), "%s %s%d, [%s, #%d]", op, i.letter, d, base, offset)
}

// LoadPost loads part of a register from base, then adds to base.
func (f *Func) LoadPost(p Part, d V, base R, add int) { f.post("ldr", p, parts[p].load, d, base, add) }

// StorePost stores part of a register at base, then adds to base.
func (f *Func) StorePost(p Part, d V, base R, add int) {
	f.post("str", p, parts[p].store, d, base, add)
}

// post turns the code with an unsigned offset into the one that changes the base afterwards.
func (f *Func) post(op string, p Part, c code, d V, base R, add int) {
	f.fits(op, add, -256, 255, 0)
	c = c&^0x01000000 | 0x400
	f.word(c|code(add&0x1ff)<<12|code(base)<<5|code(d), "%s %s%d, [%s], #%d", op, parts[p].letter, d, base, add)
}

// LoadPair loads two registers that lie one after the other at base + offset.
func (f *Func) LoadPair(p Part, d, e V, base R, offset int) {
	f.two("ldp", p, parts[p].pair|0x01400000, d, e, base, offset, "%s %s%d, %s%d, [%s, #%d]")
}

// StorePair stores two registers one after the other at base + offset.
func (f *Func) StorePair(p Part, d, e V, base R, offset int) {
	f.two("stp", p, parts[p].pair|0x01000000, d, e, base, offset, "%s %s%d, %s%d, [%s, #%d]")
}

// LoadPairPost loads two registers that lie one after the other at base, then adds to base.
func (f *Func) LoadPairPost(p Part, d, e V, base R, add int) {
	f.two("ldp", p, parts[p].pair|0x00c00000, d, e, base, add, "%s %s%d, %s%d, [%s], #%d")
}

// StorePairPost stores two registers one after the other at base, then adds to base.
func (f *Func) StorePairPost(p Part, d, e V, base R, add int) {
	f.two("stp", p, parts[p].pair|0x00800000, d, e, base, add, "%s %s%d, %s%d, [%s], #%d")
}

func (f *Func) two(op string, p Part, c code, d, e V, base R, offset int, form string) {
	i := parts[p]
	if i.pair == 0 {
		panic(fmt.Sprintf("%s: %s: no pairs of bytes", f.name, op))
	}
	f.fits(op, offset, -64, 63, i.scale)
	c |= code(offset>>i.scale&0x7f)<<15 | code(e)<<10 | code(base)<<5 | code(d)
	f.word(c, form, op, i.letter, d, i.letter, e, base, offset)
}

// LoadAll sets all lanes of a register to the number at base.
func (f *Func) LoadAll(a Arr, d V, base R) {
	f.word(0x0d40c000|a.q()<<30|a.size()<<10|code(base)<<5|code(d), "ld1r {%s}, [%s]", d.as(a), base)
}

// LoadAllPost sets all lanes of a register to the number at base, then adds its size to base.
func (f *Func) LoadAllPost(a Arr, d V, base R) {
	f.word(0x0ddfc000|a.q()<<30|a.size()<<10|code(base)<<5|code(d), "ld1r {%s}, [%s], #%d", d.as(a), base, 1<<a.size())
}

// LoadLane loads one lane of words of a register from base; the others keep what they have.
func (f *Func) LoadLane(d V, lane int, base R) {
	f.check(lane >= 0 && lane < 4, "ld1", S4)
	f.word(0x0d408000|code(lane>>1)<<30|code(lane&1)<<12|code(base)<<5|code(d), "ld1 {v%d.s}[%d], [%s]", d, lane, base)
}

// StoreLane stores one lane of words of a register at base.
func (f *Func) StoreLane(d V, lane int, base R) {
	f.check(lane >= 0 && lane < 4, "st1", S4)
	f.word(0x0d008000|code(lane>>1)<<30|code(lane&1)<<12|code(base)<<5|code(d), "st1 {v%d.s}[%d], [%s]", d, lane, base)
}

// Load4Post loads four registers of a whole arrangement that lie one after the other at base, then adds 64 to base.
func (f *Func) Load4Post(a Arr, d V, base R) {
	f.check(a.q() == 1 && d <= 28, "ld1", a)
	f.word(0x4cdf2000|a.size()<<10|code(base)<<5|code(d), "ld1 {%s, %s, %s, %s}, [%s], #64", d.as(a), (d + 1).as(a), (d + 2).as(a), (d + 3).as(a), base)
}

// fits panics when an offset is no multiple of 1<<scale from low to high such units.
func (f *Func) fits(op string, offset, low, high int, scale uint) {
	if units := offset >> scale; units<<scale != offset || units < low || units > high {
		panic(fmt.Sprintf("%s: %s: offset %d", f.name, op, offset))
	}
}
