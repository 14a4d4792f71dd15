// Package lps25h reads ST's LPS25H and LPS25HB pressure sensors.
//
//	dev, err := lps25h.New(bus, nil)
//	if err != nil {
//		return err
//	}
//	defer dev.Halt()
//	var r sensor.Reading[physic.Env]
//	if err := dev.Read(ctx, &r); err != nil { // sensor.ErrNotReady during the first 40 ms
//		return err
//	}
//
// The part measures 260 to 1260 hPa. Its temperature is that of the board; it serves the part's own compensation. Both
// types have the same identity and the same registers here. An LPS22HB, which the Sense HAT (B) has at the same address, is
// another part: New's error names it.
//
// By default the part converts 25 times a second and a read takes what is there. With Options.OneShot it sleeps until a
// read asks for a conversion, which that read waits for. Options.RunningMean smooths the pressure within the part.
//
// # Datasheet
//
// LPS25HB, MEMS pressure sensor, ST: https://www.st.com/resource/en/datasheet/lps25hb.pdf, and application note AN4450.
package lps25h
