package fusion

import "math"

// biasEstimator is the Kalman filter for the gyroscope's bias (Laidig and Seel, gyroscope bias estimation). Its
// covariance is in (0.01 °/s)².
//
// During motion it observes how the inclination has to be corrected, and, very weakly, that the bias about the vertical
// is zero; at rest, the low-passed rate itself.
type biasEstimator struct {
	b vector // rad/s
	p symmetric

	// The rotation into Quat6D's world, and its product with the bias, after the same low-pass as the acceleration.
	rows    [3]lowPass
	product lowPass
}

// biasWeights are the diagonals of the measurement's covariance.
type biasWeights struct{ motion, vertical, rest float64 }

const biasUnit = 0.01 * Degree

// biasTuning computes the covariances for a step of dt from the standard deviations wanted.
//
// The system's noise alone raises the variance from 0 to (0.1 °/s)² in BiasForgettingTime. Of the algebraic Riccati
// equation with a steady state p and the noise v, w = p²/v + p is left for the measurement.
func (o *VQFOptions) biasTuning(dt float64) (noise float64, w biasWeights) {
	noise = 10 * 10 * dt / o.BiasForgettingTime.Seconds()
	measured := func(sigma float64) float64 {
		p := sigma / biasUnit
		p *= p
		return p*p/noise + p
	}
	w.motion = measured(o.BiasSigmaMotion)
	w.vertical = w.motion / max(o.BiasVerticalForgetting, 1e-10)
	w.rest = measured(o.BiasSigmaRest)
	return noise, w
}

func (e *biasEstimator) reset(o *VQFOptions) {
	*e = biasEstimator{}
	p := o.initialVariance()
	e.p = symmetric{xx: p, yy: p, zz: p}
}

func (e *biasEstimator) restart() {
	for i := range e.rows {
		e.rows[i] = newLowPass()
	}
	e.product = newLowPass()
}

func (o *VQFOptions) initialVariance() float64 {
	p := o.BiasSigmaInit / biasUnit
	return p * p
}

// sigma returns an upper bound of the largest standard deviation, in rad/s: no eigenvalue exceeds the largest sum of
// absolute values in a row (Gershgorin).
func (e *biasEstimator) sigma(o *VQFOptions) float64 {
	xy, xz, yz := math.Abs(e.p.xy), math.Abs(e.p.xz), math.Abs(e.p.yz)
	p := max(e.p.xx+xy+xz, xy+e.p.yy+yz, xz+yz+e.p.zz)
	return math.Sqrt(min(p, o.initialVariance())) * biasUnit
}

// update takes one correction of the inclination: up is the low-passed specific force's direction before it, and q the
// orientation after it.
//
// The measurement's components are independent, so they are taken one by one: no matrix has to be inverted.
func (e *biasEstimator) update(o *VQFOptions, t *tuning, q Quaternion, up vector, rest *restDetector) {
	if o.NoMotionBias && o.NoRestBias {
		return
	}
	r := q.matrix()
	product := e.product.step(&t.accel, vector{dot(r[0], e.b), dot(r[1], e.b), 0})
	for i := range r {
		r[i] = e.rows[i].step(&t.accel, r[i])
	}
	limit := o.initialVariance()
	e.p.xx = raised(e.p.xx, t.biasNoise, limit)
	e.p.yy = raised(e.p.yy, t.biasNoise, limit)
	e.p.zz = raised(e.p.zz, t.biasNoise, limit)
	switch {
	case rest.detected && !o.NoRestBias:
		off := clip(sub(rest.gyroMean, e.b), o.BiasClip)
		w := t.biasWeights.rest
		e.observe(&matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, off, vector{w, w, w})
	case !o.NoMotionBias:
		off := sub(vector{-up.y / t.accel.dt, up.x / t.accel.dt, 0}, r.times(e.b))
		w := t.biasWeights.motion
		e.observe(&r, clip(add(off, product), o.BiasClip), vector{w, w, t.biasWeights.vertical})
	default:
		return
	}
	e.b = clip(e.b, o.BiasClip)
}

// raised returns a variance with a step's noise, unless it is that of the start.
func raised(p, noise, limit float64) float64 {
	if p < limit {
		p += noise
	}
	return p
}

// observe corrects bias and covariance for a measurement that is off by the given vector from r·b, with variances w.
func (e *biasEstimator) observe(r *matrix, off, w vector) {
	b := e.b
	e.component(r[0], off.x-dot(r[0], sub(e.b, b)), w.x)
	e.component(r[1], off.y-dot(r[1], sub(e.b, b)), w.y)
	e.component(r[2], off.z-dot(r[2], sub(e.b, b)), w.z)
}

func (e *biasEstimator) component(r vector, off, w float64) {
	pr := e.p.times(r)
	k := 1 / (dot(r, pr) + w)
	e.b = add(e.b, scale(k*off, pr))
	e.p.subtract(k, pr)
}
