package envchip_test

import (
	"context"
	"fmt"

	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/physic"

	"github.com/brinkml/brink/sensor"
	"github.com/brinkml/brink/sensor/internal/envchip"
	"github.com/brinkml/brink/sensor/internal/regs"
)

// An LPS22HB, whose registers count on without a bit for it.
func ExampleNew() {
	bus := &i2ctest.Playback{Ops: []i2ctest.IO{
		{Addr: 0x5C, W: []byte{0x0F}, R: []byte{0xB1}},
		{Addr: 0x5C, W: []byte{0x10, 0x00}},
		{Addr: 0x5C, W: []byte{0x11, 0x10}},
		{Addr: 0x5C, W: []byte{0x27}, R: []byte{0, 0, 0, 0, 0, 0}},
		{Addr: 0x5C, W: []byte{0x10, 0x12}},
		{Addr: 0x5C, W: []byte{0x27}, R: []byte{3, 0x00, 0x54, 0x3F, 0x34, 0x08}},
	}}
	dev, err := envchip.New(bus, envchip.Chip{
		Name: "lps22hb", Title: "LPS22HB", Addr: 0x5C,
		Identity: regs.Set{Reg: 0x0F, Value: 0xB1},
		Idle:     []regs.Set{{Reg: 0x10}, {Reg: 0x11, Value: 0x10}},
		On:       regs.Set{Reg: 0x10, Value: 0x12},
		Period:   physic.Hertz.Period(),
		Status:   0x27, Outputs: 5, Fresh: 0x03,
		Convert: func(p []byte) (env physic.Env, q sensor.Quality) {
			env.Pressure = physic.Pressure(int(p[0])|int(p[1])<<8|int(p[2])<<16) * 100 * physic.Pascal / 4096
			env.Temperature = physic.ZeroCelsius + physic.Temperature(regs.Int16(p[3:]))*10*physic.MilliKelvin
			return env, q
		},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	var r sensor.Reading[physic.Env]
	if err := dev.Read(context.Background(), &r); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(dev, r.Value.Pressure, r.Value.Temperature)
	// Output:
	// LPS22HB{playback} 101.325kPa 21°C
}
