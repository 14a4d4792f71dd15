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
// # Datasheet
//
// HTS221, capacitive digital sensor for relative humidity and temperature, ST, Rev 4:
// https://www.st.com/resource/en/datasheet/hts221.pdf
package hts221
