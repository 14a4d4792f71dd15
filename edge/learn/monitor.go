package learn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference"
)

// ErrModel is what [NewMonitor] returns, with what is wrong, for a model that is valid but no detector.
var ErrModel = errors.New("learn: the model is no detector")

// memoryLimit, in bytes, is for windows of some hundred thousand values: a usual one takes a few KiB.
const memoryLimit = 16 << 20

// Monitor watches a stream of rows as a device does: a row in, a verdict out, nothing allocated in between. It
// knows only the model. It belongs to one goroutine.
type Monitor struct {
	session       *inference.Session
	binding       *inference.Binding
	lag, channels int
	threshold     float32
	names         []string
	rows          int       // in the window, at most lag
	window        []float32 // the model's input: the last lag rows, oldest first
	score         []float32
	anomaly       []bool
}

// Verdict is what a [Monitor] says of the newest row, in view of those before it.
type Verdict struct {
	Score   float32 // in standard deviations; NaN or infinite where a value in the window is, or is absurd
	Anomaly bool    // Score is over the threshold, or not a number
	Ready   bool    // the window is full; until then Score is 0 and Anomaly false
}

// NewMonitor loads a model as [Detector.Model] describes and writes it. [ErrModel] tells of a model of another kind,
// package inference's errors of bytes that are no model, or one that cannot run.
func NewMonitor(onnx []byte) (*Monitor, error) {
	model, err := inference.Load(bytes.NewReader(onnx), nil)
	if err != nil {
		return nil, fmt.Errorf("learn: %w", err)
	}
	defer model.Close() // the session goes on without it
	m := new(Monitor)
	if err := m.read(model); err != nil {
		return nil, err
	}
	if m.session, err = model.NewSession(&inference.Options{Threads: 1, MemoryLimit: memoryLimit}); err != nil {
		return nil, fmt.Errorf("learn: %w", err)
	}
	if err := m.bind(); err != nil {
		m.session.Close()
		return nil, err
	}
	return m, nil
}

// read takes from the model what it declares.
func (m *Monitor) read(model *inference.Model) error {
	var wrong []string
	in, out, properties := model.Inputs(), model.Outputs(), model.Metadata().Properties
	if len(in) == 1 && in[0].Name == "x" && in[0].DType == inference.Float32 && len(in[0].Shape) == 3 && in[0].Shape[0] == 1 {
		m.lag, m.channels = in[0].Shape[1], in[0].Shape[2]
	}
	if m.lag < 1 || m.channels < 1 {
		wrong = append(wrong, "it takes "+declared(in)+", want x float32 [1 lag channels]")
	}
	has := func(name string, t inference.DType) bool {
		return slices.ContainsFunc(out, func(i inference.Info) bool { return i.Name == name && i.DType == t })
	}
	if !has("score", inference.Float32) || !has("anomaly", inference.Bool) {
		wrong = append(wrong, "it gives "+declared(out)+", want score float32 [1], anomaly bool [1]")
	}
	threshold, err := strconv.ParseFloat(properties[thresholdKey], 32)
	if err != nil || !(threshold >= 0 && threshold <= math.MaxFloat32) {
		wrong = append(wrong, fmt.Sprintf("its threshold is %q", properties[thresholdKey]))
	}
	if wrong != nil {
		return fmt.Errorf("%w: %s", ErrModel, strings.Join(wrong, "; "))
	}
	m.threshold = float32(threshold)
	m.names = splitNames(properties[channelsKey], m.channels)
	return nil
}

// declared lists a model's inputs or outputs.
func declared(infos []inference.Info) string {
	list := make([]string, len(infos))
	for i, v := range infos {
		list[i] = fmt.Sprintf("%s %v %v", v.Name, v.DType, v.Shape)
	}
	return strings.Join(list, ", ")
}

// bind takes the memory and the outputs, whose shapes must not depend on what is in the window.
func (m *Monitor) bind() (err error) {
	if m.binding, err = m.session.Bind(nil); err != nil {
		return fmt.Errorf("learn: %w", err)
	}
	for _, name := range []string{"score", "anomaly"} {
		if shape, err := m.binding.Shape(name); err != nil || !slices.Equal(shape, []int{1}) {
			return fmt.Errorf("%w: %s is %v, want [1]", ErrModel, name, shape)
		}
	}
	var errs [3]error
	m.window, errs[0] = inference.Input[float32](m.binding, "x")
	m.score, errs[1] = inference.Output[float32](m.binding, "score")
	m.anomaly, errs[2] = inference.Output[bool](m.binding, "anomaly")
	return errors.Join(errs[:]...)
}

// Close gives the session back. Closing twice is harmless.
func (m *Monitor) Close() error { return m.session.Close() }

// Lag is the number of rows in a window.
func (m *Monitor) Lag() int { return m.lag }

// Channels is the number of values in a row.
func (m *Monitor) Channels() int { return m.channels }

// Names are those of the channels, in the order of a row; nil unless the model has one for each.
func (m *Monitor) Names() []string { return slices.Clone(m.names) }

// Threshold is the score above which a row is anomalous.
func (m *Monitor) Threshold() float32 { return m.threshold }

// Reset forgets the rows before, which no window should hold together with those to come: after a gap in the
// readings, or a change of the machine.
func (m *Monitor) Reset() { m.rows = 0 }

// Push takes a row [channels], in the channels' units, without judging it. It returns an error for a row of another
// length, and then leaves the window as it was.
func (m *Monitor) Push(row []float32) error {
	if len(row) != m.channels {
		return fmt.Errorf("learn: a row of %d values, want %d", len(row), m.channels)
	}
	copy(m.window, m.window[len(row):])
	copy(m.window[len(m.window)-len(row):], row)
	m.rows = min(m.rows+1, m.lag)
	return nil
}

// Judge takes a row as [Monitor.Push] does and judges it. A value that is no number is flagged for as long as it is in
// the window. Errors that are not Push's are ctx's, [inference.ErrClosed], or of a foreign model that fails; the row
// has then been taken all the same.
func (m *Monitor) Judge(ctx context.Context, row []float32) (Verdict, error) {
	if err := m.Push(row); err != nil {
		return Verdict{}, err
	}
	if m.rows < m.lag {
		return Verdict{}, nil
	}
	if err := m.binding.Run(ctx); err != nil {
		return Verdict{}, fmt.Errorf("learn: %w", err)
	}
	return Verdict{Score: m.score[0], Anomaly: m.anomaly[0], Ready: true}, nil
}
