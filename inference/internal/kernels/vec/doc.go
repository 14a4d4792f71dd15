// Package vec computes functions of rows of float32: element by element, of pairs of elements, and of whole rows.
//
// Each is there in plain Go and in assembly; a [cpu.Level] says which one runs. The results of assembly are within
// 6 units in the last place of the exact ones, most within 3, and do not depend on where in a row an element is. NaN stays
// NaN. Two formulas lose more where they cancel: that of HardSwish close to -3, and of GELU by tanh far below 0. For
// AVX2, exponentials of less than -87 within sigmoid, Swish, GELU, softplus and softmax are 0; everything else makes and
// takes subnormal numbers.
package vec
