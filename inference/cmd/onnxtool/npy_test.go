package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/brinkml/brink/inference"
)

// npy returns a file with the given header and body.
func npy(version byte, header, body string) []byte {
	length := string([]byte{byte(len(header)), byte(len(header) >> 8)})
	if version > 1 {
		length += "\x00\x00"
	}
	return []byte("\x93NUMPY" + string([]byte{version, 0}) + length + header + body)
}

func TestParseNPY(t *testing.T) {
	for _, tt := range []struct {
		in    []byte
		shape []int
		typ   inference.DType
	}{
		{npy(1, "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }\n", "\x01\x00\x02\x00"), []int{1, 2}, inference.Int16},
		{npy(2, "{'descr': '<f8', 'fortran_order': False, 'shape': (), }", "12345678"), nil, inference.Float64},
		{npy(3, "{'shape': (2,), 'descr': '|b1', 'fortran_order': True}", "\x01\x00"), []int{2}, inference.Bool},
		{npy(1, "{'descr': '<f2', 'fortran_order': False, 'shape': (0, 3), }", ""), []int{0, 3}, inference.F16},
	} {
		v, err := parseNPY(tt.in)
		if err != nil {
			t.Errorf("parseNPY(%q): %v", tt.in, err)
			continue
		}
		got := v.(*inference.Tensor)
		if !slices.Equal(got.Shape(), tt.shape) || got.DType() != tt.typ {
			t.Errorf("parseNPY(%q) = %v%v; want %v%v", tt.in, got.DType(), got.Shape(), tt.typ, tt.shape)
		}
	}
	for want, in := range map[string][]byte{
		"not a .npy":          []byte("hello"),
		"version 9":           npy(9, "", ""),
		"ends in its":         []byte("\x93NUMPY\x01\x00\xff\x00{}"),
		"lacks descr":         npy(1, "{'shape': (1,)}", ""),
		"cannot be read":      npy(1, "{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "1234"),
		"has shape":           npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2,)}", "1234"),
		"column-major":        npy(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}", "1234"),
		"takes 8 bytes":       npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "1234"),
		"0 bytes are no":      npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()}", ""),
		"cut off .npy":        []byte("\x93NUMPY\x02\x00\x01\x00"),
		"9223372036854775807": npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (9223372036854775807,)}", "1234"),
	} {
		if v, err := parseNPY(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseNPY(%q) = %v, %v; want an error with %q", in, v, err, want)
		}
	}
}

func FuzzParseNPY(f *testing.F) {
	f.Add(npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "1234"))
	f.Add(npy(2, "{'descr': '|b1', 'fortran_order': True, 'shape': (2, 1), }", "\x01\x00"))
	f.Add(npy(1, "{'descr': '<f4'1 'fortran_order': False, 'shape': (,,), }", ""))
	f.Add(npy(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", "1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if v, err := parseNPY(b); err == nil && v.(*inference.Tensor).DType() == 0 {
			t.Errorf("parseNPY(%q) gives a tensor without a type", b)
		}
	})
}
