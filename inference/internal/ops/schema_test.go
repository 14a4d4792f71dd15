package ops

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference/internal/dtype"
	"github.com/brinkml/brink/inference/internal/wire"
)

var updateSchema = flag.Bool("schema", false, "write testdata/schema.txt anew from ONNX's schema beside the checkout")

// schemaTable holds the facts of every version of every operator that the standard has, one to a line:
//
//	Relu-13: (T) -> (T); T=f32 f64 f16 bf16
//	LeakyRelu-6: (T) -> (T); T=f32 f64 f16; alpha float=0.01
//
// Type variables are named by the order in which they first occur.
const schemaTable = "testdata/schema.txt"

// ours are operators and versions that this package has beside the standard's: a few of Microsoft's, which exporters
// write.
func ours(domain string) bool { return domain == microsoft || domain == internal }

// wider lists what takes more here than the standard allows. Exporters wrote constants of integers, such as the shapes
// that Reshape takes from version 5 on, long before version 9 of Constant allowed them; engines have always read them.
var wider = map[string]string{"Constant-1": "() -> (T); T=f32 u8 i8 u16 i16 i32 i64 str bool f16 f64 u32 u64 c64 c128; value tensor required"}

// absent lists what the standard has that no engine runs: a gradient is not computed but derived when a graph is made.
var absent = map[string]bool{"ai.onnx.preview.training.Gradient-1": true}

// TestSchema holds the registry against the table: every version of every operator, with its arguments, types and
// attributes.
func TestSchema(t *testing.T) {
	b, err := os.ReadFile(schemaTable)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(b)) {
		name, rest, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		want[name] = rest
	}
	got, docs := map[string]string{}, docsOf(t)
	for op := range All() {
		if docs[op] == "" {
			t.Errorf("%s has no comment that says what it computes", op.Name)
		}
		for v := range op.Each {
			if !ours(op.Domain) {
				got[versionName(op.Domain, op.Name, v.Since)] = describe(v)
			}
		}
	}
	for name, w := range want {
		g, ok := got[name]
		switch {
		case absent[name], wider[name] != "" && g == wider[name]:
		case !ok && strings.HasPrefix(w, "deprecated"):
		case !ok:
			t.Errorf("%s is missing: %s", name, w)
		case g != strings.TrimPrefix(w, "deprecated; "):
			t.Errorf("%s is\n\t%s\nwant\n\t%s", name, g, w)
		}
	}
	for name, g := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is none of ONNX's: %s", name, g)
		}
	}
}

// TestSchemaTable holds the table against ONNX's own schema.
func TestSchemaTable(t *testing.T) {
	b, err := os.ReadFile("../../../../shared/onnx/schema.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("ONNX's operator schema is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	var versions []schemaVersion
	if err := json.Unmarshal(b, &versions); err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(versions, func(a, b schemaVersion) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Since, b.Since))
	})
	var table strings.Builder
	for _, v := range versions {
		fmt.Fprintf(&table, "%s: %s\n", versionName(v.Domain, v.Name, v.Since), v.describe())
	}
	if *updateSchema {
		if err := os.WriteFile(schemaTable, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(schemaTable)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != table.String() {
		t.Errorf("%s is not what ONNX's schema says; go test -run TestSchemaTable -schema writes it", schemaTable)
	}
}

func versionName(domain, name string, since int) string {
	if domain != "" {
		domain += "."
	}
	return domain + name + "-" + strconv.Itoa(since)
}

// argument is an input or output: its type variable or type, and its suffix.
type argument struct{ of, suffix string }

// line writes the facts of a version as the table has them.
func line(in, out []argument, types func(of string) []string, attrs []string) string {
	names := map[string]string{}
	var vars []string
	list := func(args []argument) string {
		var b strings.Builder
		for i, a := range args {
			if i > 0 {
				b.WriteString(", ")
			}
			name, ok := names[a.of]
			if !ok {
				switch set := types(a.of); {
				case len(set) == 1:
					name = set[0]
				default:
					name = "T" + strings.TrimPrefix(strconv.Itoa(len(vars)), "0")
					vars = append(vars, name+"="+strings.Join(set, " "))
				}
				names[a.of] = name
			}
			b.WriteString(name + a.suffix)
		}
		return b.String()
	}
	s := "(" + list(in) + ") -> (" + list(out) + ")"
	for _, v := range vars {
		s += "; " + v
	}
	slices.Sort(attrs)
	for _, a := range attrs {
		s += "; " + a
	}
	return s
}

// describe writes a version of this package.
func describe(v *Version) string {
	args := func(a Args) (out []argument) {
		for i := range a {
			of := a.at(i)
			out = append(out, argument{of, strings.TrimPrefix(a[i], of)})
		}
		return out
	}
	var attrs []string
	for _, a := range v.Attrs {
		s := a.Name + " " + attrKinds[a.Kind]
		switch {
		case a.IsRequired():
			s += " required"
		case a.Default != nil:
			s += "=" + strings.Trim(fmt.Sprint(a.Default), "[]")
		}
		attrs = append(attrs, s)
	}
	return line(args(v.In), args(v.Out), func(of string) []string { return typeNames(v.constraint(of)) }, attrs)
}

var attrKinds = map[wire.AttrType]string{
	Float: "float", Int: "int", String: "string", Tensor: "tensor", Graph: "graph", Floats: "floats", Ints: "ints",
	Strings: "strings", Sparse: "sparse_tensor", Type: "type_proto",
}

// shortNames are the element types by number.
var shortNames = strings.Fields(`- f32 u8 i8 u16 i16 i32 i64 str bool f16 f64 u32 u64 c64 c128 bf16 f8e4m3fn f8e4m3fnuz f8e5m2
	f8e5m2fnuz u4 i4 f4e2m1 f8e8m0 u2 i2`)

// typeNames lists what a set of types holds.
func typeNames(s dtype.Set) []string {
	var out []string
	for _, f := range []struct {
		form          dtype.Set
		before, after string
	}{
		{0, "", ""},
		{dtype.InSequences, "seq(", ")"},
		{dtype.InOptionals, "opt(", ")"},
		{dtype.InOptionalSequences, "opt(seq(", "))"},
		{dtype.InIntMaps, "map(i64,", ")"},
		{dtype.InStringMaps, "map(str,", ")"},
		{dtype.InSequencesOfIntMaps, "seq(map(i64,", "))"},
		{dtype.InSequencesOfStringMaps, "seq(map(str,", "))"},
	} {
		for d, short := range shortNames {
			d := dtype.DType(d)
			switch {
			case !s.Has(d), f.form == 0 && s&dtype.NoTensors != 0, f.form != 0 && (s&f.form == 0 || !heldBy(f.form, s).Has(d)):
				continue
			case f.form == dtype.InStringMaps && d == dtype.String, f.form == dtype.InIntMaps && d == dtype.Int64:
				continue // no operator has maps to what their keys are
			}
			out = append(out, f.before+short+f.after)
		}
	}
	return out
}

// schemaVersion is one version of an operator as ONNX defines it.
type schemaVersion struct {
	Domain     string
	Name       string
	Since      int
	Deprecated bool
	Attributes map[string]struct {
		Type     string
		Default  *string
		Required bool
	}
	Inputs, Outputs schemaArgs
	Types           map[string][]string
}

type schemaArgs struct {
	Min, Max int
	List     []struct {
		Type          string
		Optional      bool
		Variadic      bool
		Heterogeneous bool
	}
}

func (v *schemaVersion) describe() string {
	args := func(a schemaArgs) (out []argument) {
		for i, arg := range a.List {
			suffix := ""
			switch {
			case arg.Optional:
				suffix = "?"
			case arg.Variadic:
				suffix = "..."
				if arg.Heterogeneous {
					suffix = "*..."
				}
				if a.Min <= i {
					suffix += "?"
				}
			}
			out = append(out, argument{arg.Type, suffix})
		}
		return out
	}
	var attrs []string
	for name, a := range v.Attributes {
		if name == "consumed_inputs" {
			continue
		}
		s := name + " " + strings.TrimPrefix(a.Type, "list of ")
		switch {
		case a.Required:
			s += " required"
		case a.Default != nil:
			s += "=" + normalDefault(*a.Default)
		}
		attrs = append(attrs, s)
	}
	s := line(args(v.Inputs), args(v.Outputs), func(of string) []string {
		list, ok := v.Types[of]
		if !ok {
			list = []string{of}
		}
		return shortTypes(list)
	}, attrs)
	if v.Deprecated {
		return "deprecated; " + s
	}
	return s
}

// normalDefault writes the default of an attribute as fmt does.
func normalDefault(s string) string {
	s = strings.NewReplacer("(", "", ")", "", "[", "", "]", "", ",", "", "'", "", `"`, "").Replace(s)
	fields := strings.Fields(s)
	for i, f := range fields {
		if v, err := strconv.ParseFloat(f, 32); err == nil {
			fields[i] = strconv.FormatFloat(v, 'g', -1, 32)
		}
	}
	return strings.Join(fields, " ")
}

// shortTypes writes types as this table has them, in its order.
func shortTypes(list []string) []string {
	// The file splits maps at their comma.
	joined := strings.ReplaceAll(strings.Join(list, ";"), "map(int64;", "map(int64,")
	joined = strings.ReplaceAll(joined, "map(string;", "map(string,")
	var names []string
	for t := range strings.SplitSeq(joined, ";") {
		r := strings.NewReplacer("optional(", "opt(", " ", "")
		t = r.Replace(t)
		if strings.HasPrefix(t, "seq(map(") || strings.HasPrefix(t, "map(") {
			t = strings.NewReplacer("int64", "i64", "string", "str", "float", "f32", "double", "f64").Replace(t)
		} else {
			start, end := strings.LastIndex(t, "tensor("), strings.Index(t, ")")
			element := t[start+len("tensor(") : end]
			d, ok := dtype.Parse(map[string]string{"float": "float32", "double": "float64"}[element])
			if !ok {
				d, _ = dtype.Parse(element)
			}
			t = t[:start] + shortNames[d] + t[end+1:]
		}
		names = append(names, t)
	}
	order := typeNames(dtype.All | ^dtype.All&^dtype.NoTensors&^dtype.OriginalHeld)
	slices.SortFunc(names, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return slices.Compact(names)
}
