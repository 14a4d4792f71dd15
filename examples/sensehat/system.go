package main

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"periph.io/x/conn/v3/physic"
)

// system is what Linux tells of a bus in /sys; elsewhere there is nothing.
type system struct {
	sys fs.FS // /sys
	bus int   // number of the bus, -1 if it has none
}

// speed returns the bus's speed as the device tree has it, 0 if that does not say.
func (s *system) speed() physic.Frequency {
	b, err := fs.ReadFile(s.sys, fmt.Sprintf("class/i2c-adapter/i2c-%d/of_node/clock-frequency", s.bus))
	if err != nil || len(b) != 4 {
		return 0
	}
	return physic.Frequency(binary.BigEndian.Uint32(b)) * physic.Hertz
}

// drivers returns the kernel's drivers that hold some addresses, with spaces between.
func (s *system) drivers(addrs ...uint16) string {
	var names []string
	for _, a := range addrs {
		target, err := fs.ReadLink(s.sys, fmt.Sprintf("bus/i2c/devices/%d-%04x/driver", s.bus, a))
		if err == nil {
			names = append(names, path.Base(target))
		}
	}
	return strings.Join(names, " ")
}
