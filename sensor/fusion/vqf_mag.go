package fusion

import "math"

// magObserver compares the field's norm and dip with a reference, and finds a new reference where the field stays the
// same while the body turns (Laidig and Seel, magnetic disturbance rejection).
type magObserver struct {
	current                lowPass // of norm and dip
	ref, candidate         normDip
	undisturbed, rejecting float64 // s
	candidateFor           float64 // s, while turning
	disturbed              bool
}

type normDip struct{ norm, dip float64 }

func (r *normDip) near(o *VQFOptions, x normDip) bool {
	return math.Abs(x.norm-r.norm) < o.MagNormThreshold*r.norm && math.Abs(x.dip-r.dip) < o.MagDipThreshold
}

func (r *normDip) follow(k float64, x normDip) {
	r.norm += k * (x.norm - r.norm)
	r.dip += k * (x.dip - r.dip)
}

func (m *magObserver) reset() { *m = magObserver{} }

func (m *magObserver) restart(o *VQFOptions) {
	*m = magObserver{
		current:   newLowPass(),
		ref:       m.ref,
		candidate: normDip{norm: -1},
		disturbed: true,
		rejecting: o.MagMaxRejectionTime.Seconds(), // until there is a reference, any field is better than none
	}
}

// trust returns the factor by which the heading's correction is to be weighed for a field in Quat6D's world, at least
// tiny long.
func (m *magObserver) trust(o *VQFOptions, t *tuning, earth vector, rate float64) float64 {
	n := norm(earth)
	y := m.current.step(&t.magCurrent, vector{n, -math.Asin(min(max(earth.z/n, -1), 1)), 0})
	x := normDip{y.x, y.y}
	dt := t.magCurrent.dt

	if m.ref.near(o, x) {
		m.undisturbed += dt
		if m.undisturbed >= o.MagMinUndisturbedTime.Seconds() {
			m.disturbed = false
			m.ref.follow(t.magRef, x)
		}
	} else {
		m.undisturbed = 0
		m.disturbed = true
	}

	if m.candidate.near(o, x) {
		if rate >= o.MagNewMinGyro {
			m.candidateFor += dt
		}
		m.candidate.follow(t.magRef, x)
		if m.disturbed && (m.candidateFor >= o.MagNewTime.Seconds() ||
			m.ref.norm == 0 && m.candidateFor >= o.MagNewFirstTime.Seconds()) {
			m.ref = m.candidate
			m.disturbed = false
			m.undisturbed = o.MagMinUndisturbedTime.Seconds()
		}
	} else {
		m.candidateFor = 0
		m.candidate = x
	}

	switch {
	case !m.disturbed:
		m.rejecting = max(m.rejecting-o.MagRejectionFactor*dt, 0)
		return 1
	case m.rejecting <= o.MagMaxRejectionTime.Seconds():
		m.rejecting += dt
		return 0
	default:
		return 1 / o.MagRejectionFactor
	}
}
