package ops

import (
	"encoding/json"
	"errors"
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

// schemaOp is one version of an operator as ONNX defines it.
type schemaOp struct {
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
		Type     string
		Optional bool
		Variadic bool
	}
}

func readSchema(t *testing.T) []schemaOp {
	t.Helper()
	b, err := os.ReadFile("../../../../shared/onnx/schema.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("ONNX's operator schema is not beside the checkout")
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []schemaOp
	if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSchema holds every operator here against ONNX's own definition of every version of it: the version that Lookup
// finds must have the same arguments and attributes, and no types beyond the standard's.
func TestSchema(t *testing.T) {
	sinces := map[key][]int{}
	for _, s := range readSchema(t) {
		k := key{s.Domain, s.Name}
		sinces[k] = append(sinces[k], s.Since)
		op, v := Lookup(s.Domain, s.Name, s.Since)
		if v == nil || s.Deprecated {
			continue
		}
		t.Run(fmt.Sprintf("%s-%d", op.Name, s.Since), func(t *testing.T) { checkVersion(t, v, &s) })
	}
	for op := range All() {
		for _, v := range op.Versions {
			if !slices.Contains(sinces[key{op.Domain, op.Name}], v.Since) {
				t.Errorf("%s has no version %d in ONNX", op.Name, v.Since)
			}
		}
		if op.Doc == "" {
			t.Errorf("%s has no doc", op.Name)
		}
	}
}

func checkVersion(t *testing.T, v *Version, s *schemaOp) {
	checkArgs(t, "inputs", v, v.In, s, s.Inputs)
	checkArgs(t, "outputs", v, v.Out, s, s.Outputs)
	for _, a := range v.Attrs {
		want, ok := s.Attributes[a.Name]
		if !ok {
			t.Errorf("attribute %q is not ONNX's", a.Name)
			continue
		}
		if got := kindName(a.Kind); got != want.Type {
			t.Errorf("attribute %q is %s; want %s", a.Name, got, want.Type)
		}
		if a.IsRequired() != want.Required {
			t.Errorf("attribute %q required = %v; want %v", a.Name, a.IsRequired(), want.Required)
		}
		if want.Default != nil && !sameDefault(a.Default, strings.Trim(*want.Default, "()")) {
			t.Errorf("attribute %q has default %v; want %s", a.Name, a.Default, *want.Default)
		}
		if want.Default == nil && a.Default != nil && !a.IsRequired() {
			t.Errorf("attribute %q has default %v; want none", a.Name, a.Default)
		}
	}
	for name := range s.Attributes {
		if v.Attr(name) == nil && name != "consumed_inputs" {
			t.Errorf("attribute %q is missing", name)
		}
	}
}

// wider names operators that take more types in early versions than the standard says, because exporters of the time
// did not keep to it: PyTorch wrote int64 constants into models of operator sets 6 to 8.
var wider = map[string]bool{"Constant": true}

func checkArgs(t *testing.T, what string, v *Version, got Args, s *schemaOp, want schemaArgs) {
	if least, most := got.Arity(); least != want.Min || most != want.Max {
		t.Errorf("%s: %d to %d; want %d to %d", what, least, most, want.Min, want.Max)
		return
	}
	for i, w := range want.List {
		arg := got.at(i)
		allowed := s.Types[w.Type]
		if allowed == nil {
			allowed = []string{w.Type}
		}
		types := v.constraint(arg)
		if types == 0 {
			t.Errorf("%s: argument %d is of type %q, which is nothing", what, i, arg)
		}
		for d := range dtype.DType(27) {
			if types.Has(d) && !wider[s.Name] && !slices.Contains(allowed, "tensor("+onnxName(d)+")") {
				t.Errorf("%s: argument %d may be %v, which ONNX does not allow", what, i, d)
			}
		}
	}
}

func onnxName(d dtype.DType) string {
	switch d {
	case dtype.Float32:
		return "float"
	case dtype.Float64:
		return "double"
	}
	return d.String()
}

func kindName(k wire.AttrType) string {
	return map[wire.AttrType]string{
		Float: "float", Int: "int", String: "string", Tensor: "tensor", Graph: "graph", Floats: "list of floats",
		Ints: "list of ints", Strings: "list of strings", Sparse: "sparse_tensor",
	}[k]
}

func sameDefault(got any, want string) bool {
	switch got := got.(type) {
	case int:
		return strconv.Itoa(got) == want
	case float64:
		w, err := strconv.ParseFloat(want, 32)
		return err == nil && float32(w) == float32(got)
	case string:
		return got == want
	}
	quoted := fmt.Sprintf("%q", got)
	return strings.NewReplacer(`"`, "", "'", "", ",", "").Replace(quoted) == strings.NewReplacer("'", "", ",", "").Replace(want)
}
