package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/brinkml/brink/inference"
)

// summary is what inspect says of a model; its tags are the keys of -json.
type summary struct {
	File       string            `json:"file"`
	IRVersion  int64             `json:"ir_version"`
	Producer   string            `json:"producer,omitempty"`
	Graph      string            `json:"graph,omitempty"`
	Domain     string            `json:"domain,omitempty"`
	Version    int64             `json:"version,omitempty"`
	Doc        string            `json:"doc,omitempty"`
	Opsets     map[string]int    `json:"opsets"` // "" is ai.onnx
	Metadata   map[string]string `json:"metadata,omitempty"`
	Inputs     []valueSummary    `json:"inputs"`
	Outputs    []valueSummary    `json:"outputs"`
	Operators  []opSummary       `json:"operators"`
	Parameters int64             `json:"parameters"`
	Weights    int64             `json:"weight_bytes"`
	Open       []string          `json:"open,omitempty"` // dimensions, which -dim gives
	MACs       *int64            `json:"macs"`           // null when shapes are open
	Peak       *int64            `json:"peak_bytes"`     // null when shapes are open
	Runs       bool              `json:"runs"`           // no operator is missing
}

// valueSummary describes an input or output; a shape has -1 for open dimensions and is null when its rank is open.
type valueSummary struct {
	Name  string   `json:"name"`
	Type  string   `json:"type"` // of a tensor's elements, or such as "seq(float32)"
	Shape []int    `json:"shape"`
	Dims  []string `json:"dims,omitempty"`
}

type opSummary struct {
	Name    string `json:"name"`
	Domain  string `json:"domain,omitempty"`
	Opset   int    `json:"opset"`
	Count   int    `json:"count"`
	Missing string `json:"missing,omitempty"` // why it cannot run
}

func inspect(_ context.Context, args []string, stdout, stderr io.Writer) error {
	fs := newFlags("inspect", stderr)
	asJSON := fs.Bool("json", false, "print one JSON object")
	var dims dimensions
	fs.Var(&dims, "dim", "the length of an open dimension, as batch=4 or x[0]=4; may be given more than once")
	rest, err := parse(fs, args, 1, 1)
	if err != nil {
		return err
	}
	m, err := open(rest[0])
	if err != nil {
		return err
	}
	defer m.Close()
	s, err := summarize(rest[0], m, dims)
	if err != nil {
		return err
	}
	if *asJSON {
		return json.NewEncoder(stdout).Encode(s)
	}
	s.print(stdout)
	return nil
}

// open loads a model; the error names the file.
func open(path string) (*inference.Model, error) {
	m, err := inference.Open(path, nil)
	if err != nil && !strings.Contains(err.Error(), path) {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, err
}

// dimensions is the flag -dim.
type dimensions map[string]int

func (d *dimensions) String() string { return "" }

// Set takes one name=length.
func (d *dimensions) Set(s string) error {
	i := strings.LastIndexByte(s, '=')
	if i <= 0 {
		return fmt.Errorf("%q is not name=length", s)
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no length", s[i+1:])
	}
	if *d == nil {
		*d = dimensions{}
	}
	(*d)[s[:i]] = n
	return nil
}

func summarize(path string, m *inference.Model, dims dimensions) (*summary, error) {
	meta, report := m.Metadata(), m.Report()
	if dims != nil {
		var err error
		if report, err = m.ReportAt(dims); err != nil {
			return nil, err
		}
	}
	s := &summary{
		File: path, IRVersion: meta.IRVersion, Producer: meta.Producer, Graph: meta.Graph, Domain: meta.Domain,
		Version: meta.Version, Doc: meta.Doc, Opsets: meta.OpsetImports, Metadata: meta.Properties,
		Inputs: summarizeValues(m.Inputs()), Outputs: summarizeValues(m.Outputs()),
		Parameters: report.Parameters, Weights: report.WeightBytes,
		Open: report.Open, MACs: known(report.MACs), Peak: known(report.PeakBytes),
		Runs: len(report.Unsupported) == 0,
	}
	for _, u := range report.Operators {
		op := opSummary{Name: u.Name, Domain: u.Domain, Opset: u.Opset, Count: u.Count}
		for _, missing := range report.Unsupported {
			if missing.Name == u.Name && missing.Domain == u.Domain && missing.Opset == u.Opset {
				op.Missing = missing.Reason
			}
		}
		s.Operators = append(s.Operators, op)
	}
	return s, nil
}

// known is nil for the -1 that stands for an unknown number.
func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func summarizeValues(infos []inference.Info) []valueSummary {
	list := make([]valueSummary, 0, len(infos))
	for _, i := range infos {
		v := valueSummary{Name: i.Name, Shape: i.Shape}
		if i.DType.Valid() {
			v.Type = i.DType.String()
		} else {
			v.Type = i.Type
		}
		if slices.ContainsFunc(i.Dims, func(d string) bool { return d != "" }) {
			v.Dims = i.Dims
		}
		list = append(list, v)
	}
	return list
}

func (s *summary) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	defer w.Flush()
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", key, value)
		}
	}
	line("file", s.File)
	line("format", fmt.Sprintf("IR %d, %s", s.IRVersion, s.opsets()))
	line("producer", s.Producer)
	line("graph", s.Graph)
	line("domain", s.Domain)
	if s.Version != 0 {
		line("version", strconv.FormatInt(s.Version, 10))
	}
	line("doc", s.Doc)
	for _, k := range slices.Sorted(maps.Keys(s.Metadata)) {
		line("metadata", k+" = "+s.Metadata[k])
	}
	for _, v := range s.Inputs {
		line("input", v.String())
	}
	for _, v := range s.Outputs {
		line("output", v.String())
	}
	line("weights", fmt.Sprintf("%d parameters, %d bytes", s.Parameters, s.Weights))
	if s.MACs != nil {
		line("multiplications", fmt.Sprintf("%d a run", *s.MACs))
	}
	if s.Peak != nil {
		line("memory", fmt.Sprintf("%d bytes a run", *s.Peak))
	} else {
		memory := "depends on shapes that the model leaves open"
		if len(s.Open) > 0 {
			memory += ": give -dim " + strings.Join(s.Open, "=N -dim ") + "=N"
		}
		line("memory", memory)
	}
	for _, op := range s.Operators {
		line("operator", op.String())
	}
	if !s.Runs {
		line("verdict", "cannot run here: operators are missing")
	}
}

func (s *summary) opsets() string {
	var list []string
	for _, domain := range slices.Sorted(maps.Keys(s.Opsets)) {
		name := domain
		if name == "" {
			name = "ai.onnx"
		}
		list = append(list, name+" "+strconv.Itoa(s.Opsets[domain]))
	}
	return strings.Join(list, ", ")
}

func (v valueSummary) String() string {
	if strings.Contains(v.Type, "(") || v.Type == "" {
		return strings.TrimSpace(v.Name + " " + v.Type)
	}
	if v.Shape == nil {
		return v.Name + " " + v.Type + " of any shape"
	}
	dims := make([]string, len(v.Shape))
	for i, n := range v.Shape {
		switch {
		case n >= 0:
			dims[i] = strconv.Itoa(n)
		case v.Dims != nil && v.Dims[i] != "":
			dims[i] = v.Dims[i]
		default:
			dims[i] = "?"
		}
	}
	return v.Name + " " + v.Type + " [" + strings.Join(dims, " ") + "]"
}

func (o opSummary) String() string {
	s := o.Name
	if o.Domain != "" {
		s = o.Domain + "." + s
	}
	s += "-" + strconv.Itoa(o.Opset) + " x" + strconv.Itoa(o.Count)
	if o.Missing != "" {
		s += ": missing: " + o.Missing
	}
	return s
}
