// Package hts221 reads ST's HTS221 humidity and temperature sensor.
//
//	dev, err := hts221.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Halt()
//	var r sensor.Reading[physic.Env]
//	if err := dev.Read(ctx, &r); err != nil { // sensor.ErrNotReady during the first 80 ms
//		return err
//	}
//
// The part is specified for ±3.5 %RH from 20 to 80 %RH, ±5 %RH beyond, and ±0.5 °C from 15 to 40 °C. It answers a step
// in 10 s (humidity) and 15 s (temperature). On a board it measures the board, which is warmer than the room.
//
// # Power
//
// By default the part converts 12.5 times a second and a read takes what is there. With Options.OneShot it sleeps until a
// read asks for a conversion, which that read waits for: for a device that measures once a minute.
//
// After condensation [Dev.Heat] dries the part.
//
// # Datasheet
//
// HTS221, capacitive digital sensor for relative humidity and temperature, ST, Rev 4:
// https://www.st.com/resource/en/datasheet/hts221.pdf
package hts221
