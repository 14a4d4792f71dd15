package learn

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// Metadata properties of a model.
const (
	thresholdKey = "threshold" // decimal
	channelsKey  = "channels"  // names, in a line of CSV
)

// Model writes the detector as an ONNX model. The same detector and names give the same bytes.
//
//	x        [1, lag, channels] float32, the newest row last, in the channels' units
//	score    [1] float32, in standard deviations
//	anomaly  [1] bool, the score is over the threshold or no number
//
// names are those of the channels, in their order, or nil. The model's metadata hold the threshold as "threshold"
// and names as "channels", separated by commas and quoted as in CSV where they have some themselves. The error is of
// another number of names, or of names that are not UTF-8.
func (d *Detector) Model(names []string) ([]byte, error) {
	meta := map[string]string{thresholdKey: strconv.FormatFloat(float64(d.threshold), 'g', -1, 32)}
	if names != nil {
		if len(names) != d.channels {
			return nil, fmt.Errorf("learn: %d names for %d channels", len(names), d.channels)
		}
		if !utf8.ValidString(strings.Join(names, "")) {
			return nil, fmt.Errorf("learn: a channel's name is not UTF-8: %q", names)
		}
		meta[channelsKey] = joinNames(names)
	}
	inputs := d.lag * d.channels
	g := build.New("anomaly", &build.Options{
		Producer: "brink edge/learn",
		Doc:      "root mean square of what " + strconv.Itoa(d.components) + " principal components leave of a standardized window",
		Metadata: meta,
	})
	op := func(name string, in ...build.Value) build.Value { return g.Op(name, in) }

	x := g.Input("x", inference.Float32, build.Shape(1, d.lag, d.channels)...)
	centred := op("Sub", x, build.Const(g, "mean", d.mean, 1, d.lag, d.channels))
	scaled := op("Mul", centred, build.Const(g, "gain", d.gain, d.channels))
	z := op("Reshape", scaled, build.Const(g, "flat", []int64{1, int64(inputs)}, 2))

	basis := build.Const(g, "basis", d.basis, inputs, d.components)
	loads := op("MatMul", z, basis)
	rest := g.Op("Gemm", []build.Value{loads, basis, z}, build.Float("alpha", -1), build.Int("transB", 1)) // z - loads * basis'
	square := op("Mul", rest, rest)
	score := op("Sqrt", g.Op("ReduceMean", []build.Value{square}, build.Ints("axes", 1), build.Int("keepdims", 0)))
	// Not "Greater": the score of values that no sensor gives may be NaN, and that is not normal either.
	normal := op("LessOrEqual", score, build.Const(g, "threshold", []float32{d.threshold}, 1))

	g.Output("score", score, inference.Float32, build.Fixed(1))
	g.Output("anomaly", op("Not", normal), inference.Bool, build.Fixed(1))
	return g.Model()
}

func joinNames(names []string) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Write(names) // a strings.Builder takes everything
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n")
}

// splitNames undoes joinNames. It returns nil unless there is a name for each channel.
func splitNames(line string, channels int) []string {
	names, err := csv.NewReader(strings.NewReader(line)).Read()
	if err != nil || len(names) != channels {
		return nil
	}
	return names
}
