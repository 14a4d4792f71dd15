package tcs3400

import (
	"time"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// family is what sets the two families apart.
type family struct {
	name      string
	auto      uint8         // or-ed into the address of a burst
	gain      int           // the highest
	cycle     time.Duration // of integration or wait, typically
	config    uint8         // CONFIG without WLONG
	saturated uint8         // status bit of a saturated converter
}

var (
	tcs3472 = family{name: "TCS3472", auto: increment, gain: 60, cycle: 2400 * time.Microsecond}
	// Bit 6 of CONFIG is reserved and 1 after power-on.
	tcs340x = family{name: "TCS3400", gain: 64, cycle: 2780 * time.Microsecond, config: 0x40, saturated: statusSaturated}
)

// wantID is the identity that a NotPresentError names; the others are in its text.
const wantID = 0x90

// otherID is the rest of the text where another chip answers.
type otherID struct{}

func (otherID) Error() string { return "a TCS3400 has 0x90 or 0x93, a TCS3472 0x44 or 0x4d" }

// identify returns the family of the part that answers. The error is a *sensor.NotPresentError.
func identify(b *regs.Bank) (*family, error) {
	p, err := b.Read(regID, 1)
	if err != nil {
		return nil, &sensor.NotPresentError{Chip: chip, Addr: b.Addr, Want: wantID, Err: err}
	}
	switch id := p[0]; id {
	case 0x44, // TCS34721, TCS34725
		0x4D: // TCS34723, TCS34727
		return &tcs3472, nil
	case 0x90, // TCS34001, TCS34005
		0x93: // TCS34003, TCS34007
		return &tcs340x, nil
	default:
		return nil, &sensor.NotPresentError{Chip: chip, Addr: b.Addr, Want: wantID, Got: id, Err: otherID{}}
	}
}
