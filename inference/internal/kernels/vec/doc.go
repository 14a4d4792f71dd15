// Package vec computes functions of rows of float32: element by element, of pairs of elements, and of whole rows.
//
// Each is there in plain Go and in assembly; a [cpu.Level] says which one runs. The results of assembly are within
// 4 units in the last place of the exact ones, and those of one element do not depend on where in a row it is. NaN stays
// NaN; subnormal numbers are numbers like others.
package vec
