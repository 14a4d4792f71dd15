package learn

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Detector scores windows of rows by what a linear subspace does not explain of them: [Train] makes it and
// [Detector.Model] writes it down. It never changes and is safe for concurrent use.
//
// Its parameters are float32 because those are what the model holds: the threshold is found with the very numbers
// that will be used.
type Detector struct {
	lag, channels, components int

	mean      []float32 // [lag, channels], of the training windows, in the channels' units
	gain      []float32 // [channels], 1 / standard deviation
	basis     []float32 // [lag * channels, components], orthonormal columns
	threshold float32   // a window with a larger score is anomalous
}

// Lag is the number of rows in a window.
func (d *Detector) Lag() int { return d.lag }

// Channels is the number of values in a row.
func (d *Detector) Channels() int { return d.channels }

// Components is the number of principal components, of lag * channels, that count as normal.
func (d *Detector) Components() int { return d.components }

// Threshold is the score, in standard deviations, above which a window is anomalous.
func (d *Detector) Threshold() float32 { return d.threshold }

// fit finds the subspace of the windows: the principal components with more variance than an input has on average
// (H. F. Kaiser, The application of electronic computers to factor analysis, 1960), at least one. The threshold is
// left to Train.
func fit(ws [][]float32, lag int, gain []float32) (*Detector, error) {
	n, inputs := len(ws), lag*len(gain)
	d := &Detector{lag: lag, channels: len(gain), mean: make([]float32, inputs), gain: gain}
	for j := range d.mean {
		var sum float64
		for _, w := range ws {
			sum += float64(w[j])
		}
		d.mean[j] = float32(sum / float64(n))
	}
	x := mat.NewDense(n, inputs, nil)
	for i, w := range ws {
		d.standardize(x.RawRowView(i), w)
	}
	var svd mat.SVD
	if !svd.Factorize(x, mat.SVDThinV) {
		return nil, errors.New("learn: the singular value decomposition does not converge")
	}
	var total float64
	sigma := svd.Values(nil)
	for _, s := range sigma {
		total += s * s
	}
	if total == 0 {
		return nil, ErrConstant
	}
	for _, s := range sigma {
		if s*s > total/float64(inputs) {
			d.components++
		}
	}
	d.components = max(d.components, 1)
	var v mat.Dense
	svd.VTo(&v)
	for j := range inputs {
		for k := range d.components {
			d.basis = append(d.basis, float32(v.At(j, k)))
		}
	}
	return d, nil
}

// standardize writes a window's distance from the mean window, in standard deviations, to z.
func (d *Detector) standardize(z []float64, window []float32) {
	for j, v := range window {
		z[j] = (float64(v) - float64(d.mean[j])) * float64(d.gain[j%d.channels])
	}
}

// score is the root mean square of what the components leave of a standardized window: about the noise, in standard
// deviations, in a window like those of the training. It is the arithmetic of the ONNX model, in float64.
func (d *Detector) score(window []float32) float64 {
	z := make([]float64, len(window))
	d.standardize(z, window)
	t := make([]float64, d.components)
	for j, v := range z {
		for k := range t {
			t[k] += v * float64(d.basis[j*d.components+k])
		}
	}
	var square float64
	for j, v := range z {
		for k, u := range t {
			v -= u * float64(d.basis[j*d.components+k])
		}
		square += v * v
	}
	return math.Sqrt(square / float64(len(z)))
}
