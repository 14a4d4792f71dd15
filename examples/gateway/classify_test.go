package main

import (
	"math"
	"testing"
	"time"
)

// TestClassifier puts each class where it is at home, and holds the model's arithmetic against Bayes' rule.
func TestClassifier(t *testing.T) {
	onnx, err := buildModel()
	if err != nil {
		t.Fatal(err)
	}
	c, err := openClassifier(onnx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	for _, home := range classes {
		m, err := c.classify(t.Context(), reading{Temperature: number(home.temperature), Humidity: number(home.humidity)}, time.Now())
		if err != nil || len(m.Results) == 0 || m.Results[0].Label != home.name || m.Results[0].Score < 0.9 {
			t.Errorf("%s: %v, %v; want it first", home.name, m.Results, err)
		}
	}
	for temperature := 5.0; temperature < 40; temperature += 2.5 {
		for humidity := 5.0; humidity < 100; humidity += 7 {
			if _, err := c.classify(t.Context(), reading{Temperature: number(temperature), Humidity: number(humidity)}, time.Now()); err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			density := make([]float64, len(classes))
			for i, k := range classes {
				a, b := (temperature-k.temperature)/spreadTemperature, (humidity-k.humidity)/spreadHumidity
				density[i] = math.Exp(-(a*a + b*b) / 2)
				sum += density[i]
			}
			for i, k := range classes {
				if want := density[i] / sum; math.Abs(float64(c.p[i])-want) > 1e-4 {
					t.Errorf("%v °C, %v %%RH: %s has %v; want %v", temperature, humidity, k.name, c.p[i], want)
				}
			}
		}
	}
	if _, err := openClassifier([]byte("nonsense")); err == nil {
		t.Error("nonsense is a model")
	}
}

func TestClassified(t *testing.T) {
	m := classified([]string{"a", "b", "c", "d", "e"}, []float32{0.16, 0.3, 0.15, 0.24, 0.15}, time.Now())
	var got []string
	for _, r := range m.Results {
		got = append(got, r.Label)
	}
	if len(got) != 3 || got[0] != "b" || got[1] != "d" || got[2] != "a" {
		t.Errorf("told %v; want the top three, b, d and a", got)
	}
}
