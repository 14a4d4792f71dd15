package main

import (
	"github.com/brinkml/brink/inference"
	"github.com/brinkml/brink/inference/build"
)

// recurrent are LSTM, GRU and RNN with everything that they can be given.
func recurrent(s *suite) {
	const steps, rows, in, hidden = 4, 3, 2, 5
	gates := map[string]int{"LSTM": 4, "GRU": 3, "RNN": 1}
	activations := map[string][]string{"LSTM": {"HardSigmoid", "Softsign", "Relu"}, "GRU": {"HardSigmoid", "Softsign"}, "RNN": {"Affine"}}
	for _, op := range []string{"LSTM", "GRU", "RNN"} {
		for _, kind := range []string{"forward", "reverse", "bidirectional", "lengths", "states", "clip", "activations", "peepholes", "after", "forget"} {
			if kind == "peepholes" && op != "LSTM" || kind == "forget" && op != "LSTM" || kind == "after" && op != "GRU" {
				continue
			}
			c := s.add("recurrent_"+op+"_"+kind, opset([]int{7, 14}[len(kind)%2]))
			c.atol = 1e-6
			directions := 1
			attrs := []build.Attr{build.Int("hidden_size", hidden)}
			if kind == "bidirectional" || kind == "lengths" || kind == "states" {
				directions = 2
				attrs = append(attrs, build.String("direction", "bidirectional"))
			}
			g := gates[op]
			x := c.x("x", steps, rows, in)
			w, r, b := c.w("w", directions, g*hidden, in), c.w("r", directions, g*hidden, hidden), c.w("b", directions, 2*g*hidden)
			args := list{x, w, r, b}
			switch kind {
			case "reverse":
				attrs, args = append(attrs, build.String("direction", "reverse")), args[:3]
			case "lengths":
				args = append(args, input(c, "lengths", []int32{2, 4, 1}, rows))
			case "states":
				args = append(args, build.Value{}, c.x("h", directions, rows, hidden))
				if op == "LSTM" {
					args = append(args, c.x("c", directions, rows, hidden))
				}
			case "clip":
				attrs = append(attrs, build.Float("clip", 0.5))
			case "activations":
				attrs = append(attrs, build.Strings("activations", activations[op]...), build.Floats("activation_alpha", 0.25), build.Floats("activation_beta", 0.375))
			case "peepholes":
				args = append(args, build.Value{}, build.Value{}, build.Value{}, c.w("p", directions, 3*hidden))
			case "after":
				attrs = append(attrs, build.Int("linear_before_reset", 1))
			case "forget":
				attrs = append(attrs, build.Int("input_forget", 1))
			}
			results := 2
			if op == "LSTM" {
				results = 3
			}
			out := c.Ops(op, results, args, attrs...)
			for i, v := range out {
				c.out([]string{"y", "y_h", "y_c"}[i], v, inference.Float32)
			}
		}
	}
}
