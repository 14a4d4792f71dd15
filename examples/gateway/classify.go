package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// classes are climates by their typical temperature and humidity.
var classes = []struct {
	name                  string
	temperature, humidity float64 // °C, %RH
}{
	{"comfortable", 22, 45},
	{"damp", 21, 75},
	{"dry", 22, 20},
	{"hot", 31, 45},
	{"cold", 13, 50},
}

// Within a class, readings lie so far apart.
const (
	spreadTemperature = 3.0 // K
	spreadHumidity    = 9.0 // %RH
)

// buildModel writes the classifier as an ONNX model: x [1, 2] float32 in °C and %RH to p [1, 5] float32, the probability of each class. Classes
// that are normally distributed around their centres c with a common spread have probabilities softmax(x·c/s² - c²/2s²), since x²/2s²
// is the same for all (Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section 4.3). A trained model of yours takes
// its place by inference.Open.
func buildModel() ([]byte, error) {
	n := len(classes)
	w, b, names := make([]float32, 2*n), make([]float32, n), make([]string, n)
	for i, c := range classes {
		names[i] = c.name
		t, h := c.temperature/spreadTemperature, c.humidity/spreadHumidity
		w[i], w[n+i] = float32(t/spreadTemperature), float32(h/spreadHumidity)
		b[i] = float32(-(t*t + h*h) / 2)
	}
	g := build.New("climate", &build.Options{
		Producer: "brink examples/gateway", Metadata: map[string]string{"labels": strings.Join(names, ",")},
	})
	x := g.Input("x", inference.Float32, build.Shape(1, 2)...)
	y := g.Op("Gemm", []build.Value{x, build.Const(g, "w", w, 2, n), build.Const(g, "b", b, n)})
	g.Output("p", g.Op("Softmax", []build.Value{y}, build.Int("axis", 1)), inference.Float32, build.Shape(1, n)...)
	return g.Model()
}

// classifier is the model, bound. It belongs to one goroutine.
type classifier struct {
	session *inference.Session
	binding *inference.Binding
	x, p    []float32
	labels  []string
}

func openClassifier(onnx []byte) (*classifier, error) {
	m, err := inference.Load(bytes.NewReader(onnx), nil)
	if err != nil {
		return nil, err
	}
	labels := strings.Split(m.Metadata().Properties["labels"], ",")
	s, err := m.NewSession(&inference.Options{Threads: 1})
	if err != nil {
		return nil, err
	}
	b, err := s.Bind(map[string][]int{"x": {1, 2}})
	if err != nil {
		return nil, err
	}
	x, err := inference.Input[float32](b, "x")
	if err != nil {
		return nil, err
	}
	p, err := inference.Output[float32](b, "p")
	if err != nil {
		return nil, err
	}
	if len(p) != len(labels) {
		return nil, fmt.Errorf("the model has %d classes and %d labels", len(p), len(labels))
	}
	return &classifier{s, b, x, p, labels}, nil
}

func (c *classifier) close() error { return c.session.Close() }

// Of the classes so many are told, if their probability is at least that: the settings of the book's component.
const (
	maxResults = 3
	minScore   = 0.15
)

// classify judges a reading.
func (c *classifier) classify(ctx context.Context, r reading, at time.Time) (classification, error) {
	c.x[0], c.x[1] = float32(r.Temperature), float32(r.Humidity)
	if err := c.binding.Run(ctx); err != nil {
		return classification{}, err
	}
	return classified(c.labels, c.p, at), nil
}

// classified makes the message of the probabilities.
func classified(labels []string, p []float32, at time.Time) classification {
	out := classification{
		Timestamp: wall(at), Type: "climate-classification",
		Description: fmt.Sprintf("Top %d predictions with score %v or above ", maxResults, minScore), // the space is the book's
		Results:     []result{},
	}
	for i, v := range p {
		if v >= minScore {
			out.Results = append(out.Results, result{labels[i], score(v)})
		}
	}
	slices.SortStableFunc(out.Results, func(a, b result) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return 0
	})
	out.Results = out.Results[:min(len(out.Results), maxResults)]
	return out
}

// infer is the inference component: it judges the latest reading.
func (g *gateway) infer(ctx context.Context) error {
	r := g.latest.Load()
	if r == nil {
		return nil
	}
	m, err := g.classifier.classify(ctx, *r, time.Now())
	if err != nil {
		return err
	}
	return g.publish(inferenceTopic, m)
}
