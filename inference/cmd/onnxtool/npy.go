package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/brinkml/brink/inference"
)

// npyTypes are the element types of .npy files that ONNX has too, by NumPy's names for them.
var npyTypes = map[string]inference.DType{
	"|b1": inference.Bool, "|i1": inference.Int8, "|u1": inference.Uint8,
	"<i2": inference.Int16, "<i4": inference.Int32, "<i8": inference.Int64,
	"<u2": inference.Uint16, "<u4": inference.Uint32, "<u8": inference.Uint64,
	"<f2": inference.F16, "<f4": inference.Float32, "<f8": inference.Float64,
	"<c8": inference.Complex64, "<c16": inference.Complex128,
}

// npyField finds a key of the header, a Python dictionary such as
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }.
var npyField = regexp.MustCompile(`'(descr|fortran_order|shape)':\s*('[^']*'|True|False|\([0-9, ]*\))`)

// parseNPY reads an array in NumPy's .npy format, versions 1 to 3: a magic number, the header's length,
// the header, and the elements in the order that it says.
func parseNPY(b []byte) (inference.Value, error) {
	rest, ok := strings.CutPrefix(string(b[:min(len(b), 8)]), "\x93NUMPY")
	if !ok || len(rest) < 2 {
		return nil, errors.New("this is not a .npy file")
	}
	length, start := 0, 0
	switch {
	case rest[0] == 1 && len(b) >= 10:
		length, start = int(binary.LittleEndian.Uint16(b[8:])), 10
	case (rest[0] == 2 || rest[0] == 3) && len(b) >= 12:
		length, start = int(binary.LittleEndian.Uint32(b[8:])&0x7fffffff), 12
	default:
		return nil, fmt.Errorf("unknown or cut off .npy file of version %d", rest[0])
	}
	if length > len(b)-start {
		return nil, errors.New("the .npy file ends in its header")
	}
	fields := map[string]string{}
	for _, m := range npyField.FindAllStringSubmatch(string(b[start:start+length]), -1) {
		fields[m[1]] = m[2]
	}
	if len(fields) != 3 {
		return nil, errors.New("the .npy file lacks descr, fortran_order or shape in its header")
	}
	t, ok := npyTypes[strings.Trim(fields["descr"], "'")]
	if !ok {
		return nil, fmt.Errorf("the .npy file has elements of type %s, which cannot be read", fields["descr"])
	}
	shape, err := npyShape(fields["shape"])
	if err != nil {
		return nil, err
	}
	if fields["fortran_order"] == "True" && len(shape) > 1 {
		return nil, errors.New("the .npy file is column-major; save numpy.ascontiguousarray of it")
	}
	return fromRaw(t, shape, b[start+length:])
}

// npyShape reads a Python tuple: (), (3,), (3, 4).
func npyShape(s string) ([]int, error) {
	shape := []int{}
	for part := range strings.SplitSeq(strings.Trim(s, "()"), ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil {
			return nil, fmt.Errorf("the .npy file has shape %s", s)
		}
		shape = append(shape, n)
	}
	return shape, nil
}
