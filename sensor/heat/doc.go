// Package heat takes the warmth of the computer out of what a sensor on top of it reads.
//
// A SenseHAT sits on a processor, and its thermometers read some degrees too much: the more, the harder that works. The
// formulas for it that go around have constants from someone else's case and fan. Here the constants are measured where
// the device stands: read sensor, processor and a thermometer beside the device at a few different loads, and let [Fit]
// find them.
//
//	model, err := heat.Fit([]heat.Point{
//		{True: celsius(21.0), Sensor: celsius(27.9), CPU: celsius(41.3)}, // idle
//		{True: celsius(21.2), Sensor: celsius(31.0), CPU: celsius(52.1)}, // one core busy
//		{True: celsius(21.1), Sensor: celsius(36.2), CPU: celsius(70.4)}, // all cores busy
//	})
//	if err != nil {
//		return err
//	}
//	log.Info("fitted", "model", model) // with the residual: how far the points lie from it
//
// Give each load the time to warm everything through, half an hour in a case. [New] makes a source that corrects with the
// model what another one reads; [OpenCPU] is the processor's thermometer.
//
// # Humidity
//
// Air that is warmed keeps its water, so the relative humidity that a warm sensor reads is that of warmer, seemingly
// drier air. It is computed anew for the corrected temperature at the same dew point.
package heat
