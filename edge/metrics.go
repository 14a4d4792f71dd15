package edge

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// maxSeries bounds the combinations of labels under one name: labels sometimes
// come from a wire.
const maxSeries = 1000

// Metrics is a set of named numbers that a monitoring system reads as
// Prometheus text. The zero value is empty and ready; all methods are safe for
// concurrent use.
//
// The methods that return an instrument return the same one for the same name
// and labels, so that a restarted component counts on. Labels are pairs: a name,
// then a value, and so on. The methods panic if a name or a label is not
// allowed by Prometheus, if labels are not pairs, or if the name is in use for
// another kind of metric or by the app itself. Beyond 1000 combinations of
// labels, an instrument works but is not written; the metric
// edge_metrics_unwritten_total counts those.
type Metrics struct {
	collect func(*promText) // writes more; set by the app

	mu       sync.Mutex
	families map[string]*family
	lost     uint64
}

// family is what bears one name.
type family struct {
	name, help string
	kind       metricKind
	bounds     []float64
	series     map[string]instrument // by labels as they are written
}

type metricKind string

const (
	counterKind   metricKind = "counter"
	gaugeKind     metricKind = "gauge"
	histogramKind metricKind = "histogram"
)

// instrument is one combination of labels of a family.
type instrument interface {
	write(w *promText, name, labels string)
}

// Counter is a count that only grows.
type Counter struct{ n atomic.Uint64 }

// Inc adds one.
func (c *Counter) Inc() { c.n.Add(1) }

// Add adds n.
func (c *Counter) Add(n uint64) { c.n.Add(n) }

// Value returns the count.
func (c *Counter) Value() uint64 { return c.n.Load() }

func (c *Counter) write(w *promText, name, labels string) {
	w.sampleUint(name, labels, c.n.Load())
}

// Gauge is a number that goes up and down.
type Gauge struct{ bits atomic.Uint64 }

// Set makes v the value.
func (g *Gauge) Set(v float64) { g.bits.Store(math.Float64bits(v)) }

// Add adds v, which may be negative.
func (g *Gauge) Add(v float64) { addFloat(&g.bits, v) }

// Value returns the value.
func (g *Gauge) Value() float64 { return math.Float64frombits(g.bits.Load()) }

func (g *Gauge) write(w *promText, name, labels string) { w.sample(name, labels, g.Value()) }

// addFloat adds v to the float64 whose bits a holds.
func addFloat(a *atomic.Uint64, v float64) {
	for {
		old := a.Load()
		sum := math.Float64bits(math.Float64frombits(old) + v)
		if a.CompareAndSwap(old, sum) {
			return
		}
	}
}

// asked is an instrument whose value is asked for when it is written.
type asked func() float64

func (f asked) write(w *promText, name, labels string) { w.sample(name, labels, f()) }

// Counter returns the counter of that name and labels. By custom the name ends
// in _total.
func (m *Metrics) Counter(name, help string, labels ...string) *Counter {
	return intern(m, &family{name: name, help: help, kind: counterKind}, labels, &Counter{})
}

// Gauge returns the gauge of that name and labels. By custom the name ends in
// its unit, a base unit such as seconds, bytes or celsius.
func (m *Metrics) Gauge(name, help string, labels ...string) *Gauge {
	return intern(m, &family{name: name, help: help, kind: gaugeKind}, labels, &Gauge{})
}

// Histogram returns the histogram of that name and labels, with buckets that
// reach up to and with each bound, and one for the rest. The bounds have to
// rise; nil stands for eleven from 5 ms to 10 s, in seconds. A name has one set
// of bounds, that of its first call.
func (m *Metrics) Histogram(name, help string, bounds []float64, labels ...string) *Histogram {
	if bounds == nil {
		bounds = secondsBounds()
	}
	if len(bounds) > 0 && math.IsInf(bounds[len(bounds)-1], 1) {
		bounds = bounds[:len(bounds)-1] // there is one for the rest anyway
	}
	for i, b := range bounds {
		if math.IsNaN(b) || i > 0 && b <= bounds[i-1] {
			panic(fmt.Sprintf("edge: bounds of metric %q do not rise: %v", name, bounds))
		}
	}
	f := &family{name: name, help: help, kind: histogramKind, bounds: slices.Clone(bounds)}
	return intern(m, f, labels, newHistogram(f.bounds))
}

// CounterFunc is a counter whose value f returns when it is written. It must
// be safe for concurrent use and quick. A later call with the same name and
// labels replaces f.
func (m *Metrics) CounterFunc(name, help string, f func() float64, labels ...string) {
	m.setFunc(&family{name: name, help: help, kind: counterKind}, f, labels)
}

// GaugeFunc is a gauge whose value f returns when it is written, on the terms
// of CounterFunc.
func (m *Metrics) GaugeFunc(name, help string, f func() float64, labels ...string) {
	m.setFunc(&family{name: name, help: help, kind: gaugeKind}, f, labels)
}

// intern returns the instrument of f's name and the labels, fresh if there was
// none.
func intern[I instrument](m *Metrics, f *family, labels []string, fresh I) I {
	key := labelText(f.name, labels)
	m.mu.Lock()
	defer m.mu.Unlock()
	f = m.family(f)
	if old, ok := f.series[key]; ok {
		i, ok := old.(I)
		if !ok {
			panic(fmt.Sprintf("edge: metric %q is one whose value is asked for", f.name))
		}
		return i
	}
	if h, ok := any(fresh).(*Histogram); ok && !slices.Equal(h.bounds, f.bounds) {
		fresh = any(newHistogram(f.bounds)).(I)
	}
	m.add(f, key, fresh)
	return fresh
}

func (m *Metrics) setFunc(f *family, value func() float64, labels []string) {
	key := labelText(f.name, labels)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.add(m.family(f), key, asked(value))
}

// family returns the family of f's name, f itself if it is the first. The lock
// is held.
func (m *Metrics) family(f *family) *family {
	if old := m.families[f.name]; old != nil {
		if old.kind != f.kind {
			panic(fmt.Sprintf("edge: metric %q is a %s already, not a %s", f.name, old.kind, f.kind))
		}
		return old
	}
	if !validName(f.name, true) || f.name == unwrittenName || m.collect != nil && isAutomatic(f.name) {
		panic(fmt.Sprintf("edge: %q cannot be the name of a metric", f.name))
	}
	if m.families == nil {
		m.families = make(map[string]*family)
	}
	f.series = make(map[string]instrument)
	m.families[f.name] = f
	return f
}

func (m *Metrics) add(f *family, key string, i instrument) {
	if _, ok := f.series[key]; !ok && len(f.series) >= maxSeries {
		m.lost++
		return
	}
	f.series[key] = i
}

const unwrittenName = "edge_metrics_unwritten_total"

// WriteTo writes all metrics in the text format of Prometheus, version 0.0.4,
// sorted by name. Each number is read at one moment, all of them not.
func (m *Metrics) WriteTo(w io.Writer) (int64, error) {
	var text promText
	if m.collect != nil {
		m.collect(&text)
	}
	type row struct {
		labels string
		instrument
	}
	m.mu.Lock()
	families := slices.SortedFunc(maps.Values(m.families), func(a, b *family) int {
		return strings.Compare(a.name, b.name)
	})
	rows := make([][]row, len(families))
	for i, f := range families {
		for _, labels := range slices.Sorted(maps.Keys(f.series)) {
			rows[i] = append(rows[i], row{labels, f.series[labels]})
		}
	}
	lost := m.lost
	m.mu.Unlock()

	// Functions are asked without the lock: they may register metrics.
	for i, f := range families {
		text.family(f.name, f.help, f.kind)
		for _, r := range rows[i] {
			r.write(&text, f.name, r.labels)
		}
	}
	if lost > 0 {
		text.family(unwrittenName, "Instruments not written because their name has too many labels.", counterKind)
		text.sampleUint(unwrittenName, "", lost)
	}
	return text.WriteTo(w)
}
