package fusion

// restDetector sees the body at rest when rate and specific force stay near their own low-passes for long enough (Laidig
// and Seel, rest detection).
type restDetector struct {
	gyro, accel lowPass
	gyroMean    vector
	t           float64 // s of stillness
	detected    bool
}

func (d *restDetector) restart() {
	*d = restDetector{gyro: newLowPass(), accel: newLowPass()}
}

// rate returns the rotation's rate after the low-pass.
func (d *restDetector) rate() float64 { return norm(d.gyroMean) }

func (d *restDetector) rotate(o *VQFOptions, c *cutoff, rate vector) {
	d.gyroMean = d.gyro.step(c, rate)
	off := sub(rate, d.gyroMean)
	if dot(off, off) >= o.RestMaxGyro*o.RestMaxGyro || clip(d.gyroMean, o.BiasClip) != d.gyroMean {
		d.t, d.detected = 0, false
	}
}

func (d *restDetector) accelerate(o *VQFOptions, c *cutoff, force vector) {
	off := sub(force, d.accel.step(c, force))
	if dot(off, off) >= o.RestMaxAccel*o.RestMaxAccel {
		d.t, d.detected = 0, false
		return
	}
	d.t += c.dt
	d.detected = d.detected || d.t >= o.RestMinTime.Seconds()
}
