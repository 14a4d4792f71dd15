package edge

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// promText writes the text exposition format of Prometheus, version 0.0.4
// (https://prometheus.io/docs/instrumenting/exposition_formats/).
type promText struct{ bytes.Buffer }

// Escapes of the format: a help text keeps its quotes, a label's value does not.
var (
	helpEscape  = strings.NewReplacer(`\`, `\\`, "\n", `\n`)
	labelEscape = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
)

// family writes the lines that precede the samples of a name.
func (w *promText) family(name, help string, kind metricKind) {
	if help != "" {
		fmt.Fprintf(w, "# HELP %s %s\n", name, helpEscape.Replace(strings.ToValidUTF8(help, "\uFFFD")))
	}
	fmt.Fprintf(w, "# TYPE %s %s\n", name, kind)
}

// sample writes one value. The labels are as labelText returns them.
func (w *promText) sample(name, labels string, v float64) {
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if math.IsInf(v, 1) {
		text = "+Inf"
	}
	w.line(name, labels, text)
}

// sampleUint writes one count without the rounding of a float64.
func (w *promText) sampleUint(name, labels string, v uint64) {
	w.line(name, labels, strconv.FormatUint(v, 10))
}

func (w *promText) line(name, labels, value string) {
	w.WriteString(name)
	if labels != "" {
		w.WriteString("{" + labels + "}")
	}
	w.WriteString(" " + value + "\n")
}

// labelText returns pairs of labels as they are written between the braces. It
// panics as the doc of [Metrics] says.
func labelText(metric string, pairs []string) string {
	if len(pairs)%2 != 0 {
		panic(fmt.Sprintf("edge: labels of metric %q are not pairs: %q", metric, pairs))
	}
	var b strings.Builder
	for i := 0; i < len(pairs); i += 2 {
		name, value := pairs[i], pairs[i+1]
		if !validName(name, false) || strings.HasPrefix(name, "__") || name == "le" {
			panic(fmt.Sprintf("edge: %q cannot be the name of a label of metric %q", name, metric))
		}
		for j := 0; j < i; j += 2 {
			if pairs[j] == name {
				panic(fmt.Sprintf("edge: label %q of metric %q is there twice", name, metric))
			}
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(name + `="` + labelEscape.Replace(strings.ToValidUTF8(value, "\uFFFD")) + `"`)
	}
	return b.String()
}

// validName says if s matches [a-zA-Z_][a-zA-Z0-9_]*, with colons allowed in
// the name of a metric.
func validName(s string, metric bool) bool {
	for i, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c == '_':
		case c >= '0' && c <= '9' && i > 0:
		case c == ':' && metric:
		default:
			return false
		}
	}
	return s != ""
}
