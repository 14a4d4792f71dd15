package regs_test

import (
	"fmt"

	"periph.io/x/conn/v3/i2c/i2ctest"

	"github.com/brinkml/brink/sensor/internal/regs"
)

func ExampleBank_Probe() {
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{{Addr: 0x5C, W: []byte{0x0F}, R: []byte{0xB1}}}}
	b := &regs.Bank{Chip: "lps25h", Bus: bus, Addr: 0x5C, Auto: 0x80}
	name := func(identity uint8) string {
		if identity == 0xB1 {
			return "an LPS22HB"
		}
		return ""
	}
	fmt.Println(b.Probe(0x0F, 0xBD, name))
	// Output:
	// sensor: lps25h: not present at 0x5c: identity is 0xb1, want 0xbd: this is the identity of an LPS22HB
}
