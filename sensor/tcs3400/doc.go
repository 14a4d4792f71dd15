// Package tcs3400 reads ams' colour sensors of the TCS3400 and TCS3472 families: TCS34001 to TCS34007, as on the second
// SenseHAT, and TCS34721 to TCS34727, as on the Astro Pis. The identity register says which it is.
//
//	dev, err := tcs3400.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Halt()
//	var r sensor.Reading[tcs3400.Color]
//	if err := dev.Read(ctx, &r); err != nil { // sensor.ErrNotReady during the first 160 to 200 ms
//		return err
//	}
//	fmt.Println(r.Value.Lux(), r.Value.ColorTemperature())
//
// # What is new
//
// Neither family has a mark for a new conversion: AVALID stays set after the first one. What they have is an interrupt
// mark that, without persistence, is set at the end of every integration and kept until it is cleared. Unless
// Options.Interrupt asks for thresholds, the driver uses it for that: a reading is fresh when the mark is set or when the
// counts differ from those before, and sensor.Stale otherwise, so that neither a part that has stopped nor one that is
// asked too often repeats itself unnoticed. That costs a second bus transaction for each fresh reading, and the INT pin
// goes low after each integration. A part that does not set the mark is still read: by its counts.
//
// With Options.Interrupt the mark and the pin are the thresholds'. A reading whose counts are the same as before is then
// Stale until the longest time that an integration can take has passed since the last fresh one.
//
// # Units
//
// [Color.Lux] and [Color.ColorTemperature] follow ams' design note DN40 with its factors for the TCS3472x in open air. A
// cover takes light: who has one multiplies the illuminance by a factor of their own. The older note, DN25, which leaves
// infrared light in, is not used.
//
// An integration cycle takes 2.4 ms in the TCS3472 and 2.78 ms in the TCS3400, typically. The driver allows the oscillator
// 10 % where it has to be sure that an integration has ended.
//
// # Not verified
//
// No part was at hand. For the TCS3400 no factors for lux were found: it gets those of the TCS3472x, and DN40's limit for
// flicker. That the interrupt mark comes with every integration is what the datasheets say of PERS 0, and what other
// drivers rely on.
//
// # Datasheets
//
// TCS3472, ams, v1-02; TCS3400, ams, v1-01: https://look.ams-osram.com/m/595d46c644740603/original/TCS3400-Color-Light-to-Digital-Converter.pdf.
// Lux and CCT calculations using ams color sensors, ams, DN40.
package tcs3400
